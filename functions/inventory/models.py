"""What the inventory service takes and answers."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from pos.model import Difference, Id, Input, Listing, Note, Output, StoredDecimal

MAX_LINES = 90
"""An adjustment is one transaction, which takes 100 items."""

Reason = Literal["receipt", "count", "damage", "loss", "theft", "return", "correction", "opening", "other"]


class Cause(Output):
    """Why a level changed: the sale, cancellation or adjustment that did it."""

    type: Literal["sale", "cancel", "adjustment"]
    id: str
    reason: str | None = None


class Level(Output):
    """The stock of one variant at one location; below zero when more was sold than was known to be there."""

    variant_id: str
    location_id: str
    on_hand: StoredDecimal
    version: int
    updated_at: str


class Movement(Output):
    """One change of a level, and the data of its inventory.updated event: `change` is signed, `on_hand` what it led
    to.
    """

    variant_id: str
    location_id: str
    on_hand: StoredDecimal
    change: StoredDecimal
    cause: Cause
    actor: str
    version: int
    at: str


class AdjustmentLine(Input):
    """A difference: `"-2.5"` takes two and a half away."""

    variant_id: Id
    quantity: Difference


class NewAdjustment(Input):
    """Differences to apply at one location, each variant once."""

    location_id: Id
    reason: Reason
    note: Note | None = None
    lines: Annotated[tuple[AdjustmentLine, ...], Field(min_length=1, max_length=MAX_LINES)]


class AdjustedLine(Output):
    """A difference that was applied."""

    variant_id: str
    quantity: StoredDecimal


class Adjustment(Output):
    """Differences that were applied together."""

    id: str
    location_id: str
    reason: Reason
    note: str | None = None
    lines: tuple[AdjustedLine, ...]
    actor: str
    created_at: str


class LevelListing(Listing):
    """Which levels: of a variant, at a location, or the one of both; at least one must be named."""

    variant_id: Id | None = None
    location_id: Id | None = None

    @model_validator(mode="after")
    def _names_one(self) -> Self:
        if self.variant_id is None and self.location_id is None:
            raise ValueError("name a location_id, a variant_id or both")
        return self


class MovementListing(Listing):
    """Whose movements."""

    variant_id: Id
    location_id: Id
