"""What the shifts service takes and answers."""

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal, Self

from pydantic import AfterValidator, Field, StringConstraints, ValidationInfo, field_validator, model_validator

from pos.documents import Document
from pos.model import Amount, Id, Input, Listing, Note, Output, StoredDecimal
from pos.money import MAX_AMOUNT

Status = Literal["open", "closed"]
MovementType = Literal["paid_in", "paid_out", "drop", "no_sale"]
EntryType = Literal["sale", "payment", "refund", "cancellation", "paid_in", "paid_out", "drop", "no_sale"]

type Figures = dict[str, dict[str, dict[str, int]]]
"""Dimension -> group -> sums by name: money in minor units, `quantity` in thousandths. What is 0 is left out."""


# --- what comes in ---------------------------------------------------------------------------------------------------


class Denomination(Input):
    """How many notes or coins of one value (minor units) there are."""

    value: Annotated[Amount, Field(gt=0)]
    count: Annotated[int, Field(ge=0, le=1_000_000)]


def _each_value_once(denominations: tuple[Denomination, ...]) -> tuple[Denomination, ...]:
    if len({one.value for one in denominations}) < len(denominations):
        raise ValueError("names a value twice")
    return denominations


class CashCount(Input):
    """Cash as it was counted: by `denominations`, or only its `total`."""

    denominations: (
        Annotated[tuple[Denomination, ...], Field(min_length=1, max_length=50), AfterValidator(_each_value_once)] | None
    ) = None
    total: Amount | None = None

    @model_validator(mode="after")
    def _one_of(self) -> Self:
        if (self.denominations is None) == (self.total is None):
            raise ValueError("give either denominations or total")
        if self.amount > MAX_AMOUNT:
            raise ValueError("is more than any amount")
        return self

    @property
    def amount(self) -> int:
        """What it comes to."""
        if self.denominations is None:
            return self.total or 0
        return sum(one.value * one.count for one in self.denominations)


class NewShift(Input):
    """A shift to open: the register, and the cash that is in its drawer."""

    register_id: Id
    opening_float: CashCount
    note: Note | None = None


class NewCashMovement(Input):
    """Cash that goes into the drawer or out of it, but for no sale; a `drop` goes to the safe or the bank. With
    `no_sale` the drawer is only opened: the amount is 0, and may be left out.
    """

    type: MovementType
    amount: Annotated[Amount, Field(validate_default=True)] = 0
    reason: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]

    @field_validator("amount")
    @classmethod
    def _is_moved(cls, amount: int, info: ValidationInfo) -> int:
        moves = info.data.get("type") != "no_sale"
        if "type" in info.data and (amount > 0) != moves:
            raise ValueError("must be above 0" if moves else "must be 0, or left out, of a no_sale")
        return amount


class Closing(Input):
    """The cash that was counted at the end of a shift."""

    counted: CashCount
    note: Note | None = None


class ShiftListing(Listing):
    """Which shifts: all, or those of a register, by opening, newest first; or only those that are `open` now."""

    register_id: Id | None = None
    open: bool = False


# --- the ledger ------------------------------------------------------------------------------------------------------


class Entry(Output):
    """A line of a shift's ledger, never changed: what an order's change or a cash movement did to the drawer (`cash`,
    minor units, below 0 for what went out) and to the shift's figures (docs/shifts.md).
    """

    id: str
    shift_id: str
    type: EntryType
    at: str
    actor: str
    cash: int
    reason: str | None = None
    approved_by: str | None = None
    order_id: str | None = None
    order_number: str | None = None
    figures: Figures = Field(default_factory=dict)


class CashMovement(Document):
    """Cash that went into a drawer (`paid_in`) or out of it (`paid_out`, `drop`), `amount` above 0 either way; or a
    drawer that was opened for no sale (`no_sale`, amount 0). It is never changed.
    """

    KIND: ClassVar[str] = "cash_movement"

    shift_id: str
    location_id: str
    register_id: str
    type: MovementType
    amount: int
    currency: str
    reason: str
    actor: str
    approved_by: str | None = None


# --- reports ---------------------------------------------------------------------------------------------------------


class SalesSums(Output):
    """Sums of completed orders, or of what was refunded of such; `net` is without tax, service charge and tip."""

    count: int = 0
    gross: int = 0
    discount: int = 0
    net: int = 0
    service_charge: int = 0
    tax: int = 0
    tip: int = 0
    total: int = 0
    cash_rounding: int = 0


class CountedSums(Output):
    """How many, and what they come to."""

    count: int = 0
    total: int = 0


class TenderRow(Output):
    """Money by the way it was paid; `net` is what came in less what was given back."""

    method: str
    payments: int = 0
    paid: int = 0
    refunds: int = 0
    refunded: int = 0
    net: int = 0


class TaxRow(Output):
    """A tax at one rate (percent): what was sold less what was refunded."""

    tax_id: str
    name: str
    rate: str
    base: int = 0
    amount: int = 0


class CategoryRow(Output):
    """A category's goods sold less those refunded; null for what has no category. `net` is without tax and service
    charge; `tax` also that on service charges.
    """

    category_id: str | None
    quantity: StoredDecimal
    gross: int = 0
    discount: int = 0
    net: int = 0
    tax: int = 0


class StaffRow(Output):
    """Who completed how many orders, and who refunded."""

    actor: str
    count: int = 0
    total: int = 0
    refunds: int = 0
    refunded: int = 0


class CashSums(Output):
    """The cash: `expected` = opening float + sales - refunds + paid in - paid out - drops; `difference` = counted -
    expected, null until it is counted. `sales` is what orders brought in, less payments that were voided; `no_sales`
    is how often the drawer was opened for none.
    """

    opening_float: int
    sales: int = 0
    refunds: int = 0
    paid_in: int = 0
    paid_out: int = 0
    drops: int = 0
    no_sales: int = 0
    expected: int
    counted: int | None = None
    difference: int | None = None


class Report(Output):
    """An X report (so far) or the Z report (at its close) of a shift: the sums of the ledger's first `entries` entries,
    all that there were at that moment. Amounts are minor units of `currency`.
    """

    kind: Literal["x", "z"]
    z_number: int | None
    shift_id: str
    location_id: str
    register_id: str
    currency: str
    minor_units: int
    opened_at: str
    at: str
    entries: int
    sales: SalesSums
    refunds: SalesSums
    cancellations: CountedSums
    voided_payments: CountedSums
    tenders: tuple[TenderRow, ...]
    taxes: tuple[TaxRow, ...]
    categories: tuple[CategoryRow, ...]
    staff: tuple[StaffRow, ...]
    cash: CashSums


# --- a register's drawer ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Drawer:
    """A register's drawer: its open shift (None without one) and that one's currency; the number of its last Z report,
    and the cash that was counted then.
    """

    register_id: str
    version: int = 0
    shift_id: str | None = None
    currency: str | None = None
    z_number: int = 0
    counted: int | None = None


# --- the shift -------------------------------------------------------------------------------------------------------


class CountedDenomination(Output):
    """How many notes or coins of one value were counted."""

    value: int
    count: int


class OpenTicket(Output):
    """An order of the register that was still open when its shift was closed."""

    id: str
    number: str
    name: str | None
    amount_due: int


class Shift(Document):
    """A register's shift. Each entry of its ledger makes a new version.

    `opening_difference` is what was counted at the opening less what was counted at the register's last close; null
    without one. What the drawer should hold is not told before it is counted, only by the report, whose permission a
    cashier need not have. From its close on a shift never changes: its Z report is `report`, numbered without gaps by
    register.
    """

    KIND: ClassVar[str] = "shift"

    location_id: str
    register_id: str
    status: Status
    currency: str
    minor_units: int
    time_zone: str
    opened_at: str
    opened_by: str
    opening_float: int
    opening_denominations: tuple[CountedDenomination, ...] = ()
    opening_difference: int | None
    note: str | None = None
    closed_at: str | None = None
    closed_by: str | None = None
    closing_note: str | None = None
    counted: int | None = None
    counted_denominations: tuple[CountedDenomination, ...] = ()
    expected: int | None = None
    difference: int | None = None
    z_number: int | None = None
    open_orders: tuple[OpenTicket, ...] = ()
    report: Report | None = None
