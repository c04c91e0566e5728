"""What the customers service takes and answers."""

import re
from datetime import date
from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field, StringConstraints, field_validator

from pos.documents import Document
from pos.model import Amount, Code, Input, Listing, Moment, Note, Output, Text

MAX_POINTS = 1_000_000_000

PointsType = Literal["earned", "redeemed", "taken_back", "given_back", "adjusted"]

# What HTML calls a valid e-mail address, and with a dot in its domain:
# https://html.spec.whatwg.org/multipage/input.html#valid-e-mail-address
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_EMAIL = re.compile(rf"[a-z0-9.!#$%&'*+/=?^_`{{|}}~-]+@{_LABEL}(?:\.{_LABEL})+")


def _email(value: str) -> str:
    if not _EMAIL.fullmatch(value):
        raise ValueError("must be an e-mail address")
    return value


def _each_once(tags: tuple[str, ...]) -> tuple[str, ...]:
    if len(set(tags)) < len(tags):
        raise ValueError("names a tag twice")
    return tags


Email = Annotated[str, StringConstraints(strip_whitespace=True, to_lower=True, max_length=254), AfterValidator(_email)]
Phone = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=40)]
_Birthday = Annotated[date, Field(ge=date(1900, 1, 1))]
_Tag = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=40)]
_Tags = Annotated[tuple[_Tag, ...], Field(max_length=20), AfterValidator(_each_once)]
_Source = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_-]{1,40}$")]
_ExternalIds = Annotated[dict[_Source, Code], Field(max_length=10, default_factory=dict)]


class NewCustomer(Input):
    """Somebody who buys; known by at least one of name, phone and email.

    `phone` is written as people do; without a country's code it is one of the merchant's country. `external_ids` are
    the customer's ids in other systems, by their names.
    """

    name: Text | None = None
    phone: Phone | None = None
    email: Email | None = None
    birthday: _Birthday | None = None
    note: Note | None = None
    tags: _Tags = ()
    external_ids: _ExternalIds


class CustomerChange(NewCustomer):
    """What to change of a customer; what is left out stays."""


class Customer(Document):
    """Somebody who buys. `phone` is E.164 (`+6281234567890`), `email` in lower case; each is one customer's only.

    `deleted_at` marks a tombstone; `erased_at` says that nothing personal is left.
    """

    KIND: ClassVar[str] = "customer"

    name: str | None = None
    phone: str | None = None
    email: str | None = None
    birthday: date | None = None
    note: str | None = None
    tags: tuple[str, ...] = ()
    external_ids: Annotated[dict[str, str], Field(default_factory=dict)]
    deleted_at: str | None = None
    erased_at: str | None = None


class LoyaltyTerms(Output):
    """How points are earned and what they are worth; amounts are minor units of the merchant's currency.

    Every whole `earn_per` that is spent earns `earn_points`. A point pays `point_value`; `min_redeem` is the fewest
    points that pay an order.
    """

    earn_points: int
    earn_per: int
    point_value: int
    min_redeem: int


class NewLoyaltyProgram(Input):
    """The program from now on; orders keep the terms that they were made under. `enabled` says whether new ones earn
    points and are paid by them.
    """

    enabled: bool = True
    earn_points: Annotated[int, Field(ge=1, le=MAX_POINTS)]
    earn_per: Annotated[Amount, Field(ge=1)]
    point_value: Annotated[Amount, Field(ge=1)]
    min_redeem: Annotated[int, Field(ge=1, le=MAX_POINTS)] = 1


class LoyaltyProgram(LoyaltyTerms, Document):
    """The merchant's loyalty program; version 0 is that none was ever set up."""

    KIND: ClassVar[str] = "loyalty_program"

    enabled: bool


class PointsMove(Output):
    """A change of a customer's points, and its cause: an order that earned or was paid by them, an order that did not
    after all (`taken_back`, `given_back`), or staff (`adjusted`, with a reason).

    `shortfall` is what should have been taken back as well, but was spent already.
    """

    type: PointsType
    points: int
    shortfall: int = 0
    order_id: str | None = None
    reason: str | None = None


class PointsEntry(PointsMove, Document):
    """A line of a customer's ledger: the balance is the sum of their `points`, always."""

    KIND: ClassVar[str] = "points_entry"

    customer_id: str
    actor: str


class Adjustment(Input):
    """Points to give (above 0) or take (below), and why."""

    points: Annotated[int, Field(ge=-MAX_POINTS, le=MAX_POINTS)]
    reason: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]

    @field_validator("points")
    @classmethod
    def _some(cls, points: int) -> int:
        if points == 0:
            raise ValueError("must not be 0")
        return points


class PointsListing(Listing):
    """A customer's ledger, newest first."""


class CustomerListing(Listing):
    """Which customers: one by `phone`, `email` or `external_id` (`shopify:1042`); those whose names have words which
    begin as those of `q`; or those changed after a time, in the order of their last change.
    """

    q: Text | None = None
    phone: Phone | None = None
    email: Email | None = None
    external_id: Annotated[str, StringConstraints(pattern=r"^[a-z0-9_-]{1,40}:.{1,100}$")] | None = None
    updated_after: Moment | None = None
    include_deleted: bool = False
