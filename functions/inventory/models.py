"""What the inventory service takes and answers."""

from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from pos.documents import Document
from pos.model import Code, Difference, Id, Input, Listing, Note, Output, Quantity, StoredDecimal, Text, UnitCost

Counted = Annotated[Difference, Field(ge=0)]
"""How much somebody found: a decimal string, 0 or above."""

MAX_LINES = 90
"""What moves stock together is one transaction, which takes 100 items."""

Reason = Literal["receipt", "count", "damage", "loss", "theft", "return", "correction", "opening", "other"]

_IfAny = Field(exclude_if=lambda value: value is None)

CauseType = Literal[
    "sale", "cancel", "refund", "adjustment", "receipt", "transfer_out", "transfer_in", "count", "threshold"
]


class SoldShare(Output):
    """How much of a movement is because of what was sold as this variant (null for a custom item): itself, or a bundle
    or modifier that takes it. `quantity` is signed as the movement's `change`, and sums to it.
    """

    variant_id: str | None = None
    category_id: str | None = None
    quantity: StoredDecimal


class Cause(Output):
    """Why a level changed: the sale, receipt, transfer … that did it. A `threshold` that was set moves nothing.

    `business_date` is the shop's day that it belongs to: an offline sale moves stock later, on the day that it sold. Of
    what orders do, `currency` is theirs, and `sold` says as what. An adjustment with the reason `sync` is what an
    outside `source` counts.
    """

    type: CauseType
    id: str
    reason: str | None = None
    source: Annotated[str | None, _IfAny] = None
    business_date: Annotated[str | None, _IfAny] = None
    currency: Annotated[str | None, _IfAny] = None
    sold: Annotated[tuple[SoldShare, ...], Field(exclude_if=lambda sold: not sold)] = ()


class Level(Output):
    """The stock of one variant at one location; below zero when more was sold than was known to be there.

    `average_cost` is what one costs, in minor units with up to 6 places, null while that is not known; `value` is what
    is on hand at that cost, in whole minor units, and below zero with it. `low_stock` says that `threshold` is reached.
    """

    variant_id: str
    location_id: str
    on_hand: StoredDecimal
    average_cost: StoredDecimal | None = None
    value: int | None = None
    threshold: StoredDecimal | None = None
    low_stock: bool = False
    version: int
    updated_at: str


class Movement(Output):
    """One change of a level, and the data of its inventory.updated event: `change` is signed, `on_hand` what it led
    to.

    `unit_cost` is what each went or came at, null while that is not known; `average_cost` is the level's after it.
    """

    variant_id: str
    location_id: str
    on_hand: StoredDecimal
    change: StoredDecimal
    unit_cost: StoredDecimal | None = None
    average_cost: StoredDecimal | None = None
    threshold: StoredDecimal | None = None
    cause: Cause
    actor: str
    version: int
    at: str


class Cancellation(Input):
    """Why something is called off."""

    reason: Text | None = None


class LevelChange(Input):
    """At how many on hand, or fewer, stock is low; null for never."""

    threshold: Counted | None


class LevelListing(Listing):
    """Which levels: of a variant, at a location, or the one of both; at least one must be named. With `low_stock`,
    those of a location that are at their thresholds or below; a page of them may hold fewer than `limit`.
    """

    variant_id: Id | None = None
    location_id: Id | None = None
    low_stock: bool = False

    @model_validator(mode="after")
    def _names_enough(self) -> Self:
        if self.variant_id is None and self.location_id is None:
            raise ValueError("name a location_id, a variant_id or both")
        if self.low_stock and (self.location_id is None or self.variant_id is not None):
            raise ValueError("low_stock goes with a location_id alone")
        return self


class MovementListing(Listing):
    """Whose movements."""

    variant_id: Id
    location_id: Id


# --- adjustments ------------------------------------------------------------------------------------------------------


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


# --- receipts ---------------------------------------------------------------------------------------------------------


class NewStockReceiptLine(Input):
    """So much of a variant that came in, at so much for one."""

    variant_id: Id
    quantity: Quantity
    unit_cost: UnitCost


class NewStockReceipt(Input):
    """A delivery from a supplier to one location, each variant once; `reference` is the supplier's, of an invoice."""

    location_id: Id
    supplier: Text | None = None
    reference: Code | None = None
    note: Note | None = None
    lines: Annotated[tuple[NewStockReceiptLine, ...], Field(min_length=1, max_length=MAX_LINES)]


class StockReceiptLine(Output):
    """What came in of a variant; `amount` is `quantity` x `unit_cost` in whole minor units."""

    variant_id: str
    quantity: StoredDecimal
    unit_cost: StoredDecimal
    amount: int


class StockReceipt(Document):
    """A delivery that was taken into stock; `total` is the sum of its lines' amounts."""

    KIND: ClassVar[str] = "stock_receipt"

    location_id: str
    supplier: str | None = None
    reference: str | None = None
    note: str | None = None
    lines: tuple[StockReceiptLine, ...]
    total: int
    actor: str


# --- transfers --------------------------------------------------------------------------------------------------------

TransferStatus = Literal["in_transit", "received", "cancelled"]


class NewTransferLine(Input):
    """So much of a variant to send."""

    variant_id: Id
    quantity: Quantity


class NewTransfer(Input):
    """Stock to send from one location to another, each variant once."""

    from_location_id: Id
    to_location_id: Id
    reference: Code | None = None
    note: Note | None = None
    lines: Annotated[tuple[NewTransferLine, ...], Field(min_length=1, max_length=MAX_LINES)]


class ArrivedLine(Input):
    """How much of a variant arrived, which may be less than was sent, nothing, or more."""

    variant_id: Id
    quantity: Counted


class TransferArrival(Input):
    """What was counted at arrival; of variants that are left out, all that was sent arrived."""

    lines: Annotated[tuple[ArrivedLine, ...], Field(max_length=MAX_LINES)] = ()


class TransferLine(Output):
    """What was sent of a variant, at the average cost that it had there, and what of it arrived.

    `discrepancy` is `received` - `quantity`: below zero for what went missing.
    """

    variant_id: str
    quantity: StoredDecimal
    unit_cost: StoredDecimal | None = None
    received: StoredDecimal | None = None
    discrepancy: StoredDecimal | None = None


class Transfer(Document):
    """Stock on its way between two locations: it left one when this was made, and is nowhere else until it is received,
    or back until it is cancelled.
    """

    KIND: ClassVar[str] = "transfer"

    from_location_id: str
    to_location_id: str
    status: TransferStatus
    reference: str | None = None
    note: str | None = None
    lines: tuple[TransferLine, ...]
    actor: str
    received_at: str | None = None
    received_by: str | None = None
    cancelled_at: str | None = None
    cancelled_by: str | None = None
    cancel_reason: str | None = None


class TransferListing(Listing):
    """Which transfers: all, newest first; or those `in_transit`, by destination, of one of them if it is named."""

    status: Literal["in_transit"] | None = None
    to_location_id: Id | None = None

    @model_validator(mode="after")
    def _narrows(self) -> Self:
        if self.to_location_id is not None and self.status is None:
            raise ValueError("to_location_id needs status=in_transit")
        return self


# --- counts -----------------------------------------------------------------------------------------------------------

MAX_COUNTED = 500
"""How many variants one count has: they are kept in one document."""

CountStatus = Literal["counting", "completing", "completed", "cancelled"]
"""`completing`: its differences are being posted; if that was interrupted, completing it again goes on."""


class NewCount(Input):
    """What to count at one location: these variants, what a category has there, or all that was ever there.

    A `blind` count does not tell what is expected until it is completed.
    """

    location_id: Id
    variant_ids: Annotated[tuple[Id, ...], Field(max_length=MAX_COUNTED)] = ()
    category_id: Id | None = None
    all: bool = False
    blind: bool = False
    note: Note | None = None

    @model_validator(mode="after")
    def _one_of(self) -> Self:
        if bool(self.variant_ids) + (self.category_id is not None) + self.all != 1:
            raise ValueError("give variant_ids, a category_id or all")
        return self


class FoundLine(Input):
    """How much of a variant somebody found."""

    variant_id: Id
    quantity: Counted


class FoundLines(Input):
    """What somebody counted; a variant that was counted before is counted anew."""

    lines: Annotated[tuple[FoundLine, ...], Field(min_length=1, max_length=MAX_LINES)]


class CountLine(Output):
    """A variant on a count: `expected` is its level when the count began or, once it is counted, at that moment, and
    `difference` is `counted` - `expected`.
    """

    variant_id: str
    expected: StoredDecimal | None = None
    counted: StoredDecimal | None = None
    difference: StoredDecimal | None = None
    counted_at: str | None = None
    counted_by: str | None = None


class CountLines(Output):
    """Lines of a count, as they were just recorded."""

    lines: tuple[CountLine, ...]


class CountSummary(Document):
    """A count of stock, without its lines."""

    KIND: ClassVar[str] = "count"

    location_id: str
    status: CountStatus
    blind: bool
    note: str | None = None
    actor: str
    completed_at: str | None = None
    completed_by: str | None = None
    cancelled_at: str | None = None
    cancelled_by: str | None = None
    cancel_reason: str | None = None


class Count(CountSummary):
    """A count of stock; lines that nobody counted change nothing."""

    lines: tuple[CountLine, ...]


class CountListing(Listing):
    """Which counts: all, newest first; or those under way (`counting`), by location, of one of them if it is named."""

    status: Literal["counting"] | None = None
    location_id: Id | None = None

    @model_validator(mode="after")
    def _narrows(self) -> Self:
        if self.location_id is not None and self.status is None:
            raise ValueError("location_id needs status=counting")
        return self
