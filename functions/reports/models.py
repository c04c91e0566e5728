"""What the reports service reads from orders' events, takes and answers."""

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, ConfigDict, Field, StringConstraints

from inventory.models import Level
from pos.model import Id, Listing, Output, Query, StoredDecimal

GroupBy = Literal["day", "hour", "location", "staff", "payment_method", "tax_rate", "category", "product"]

MAX_ROWS = 2000


# --- what orders' events carry ---------------------------------------------------------------------------------------


class _Read(Output):
    # An order holds what customers say and owe: a failure names fields, never their values.
    model_config = ConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True)


class SoldLine(_Read):
    """A line of a sale. Amounts are minor units; a custom item has no variant."""

    id: str
    variant_id: str | None = None
    category_id: str | None = None
    quantity: StoredDecimal
    gross: int
    discount: int
    service_charge: int
    tax: int
    total: int


class SoldTax(_Read):
    """A tax over a sale; `rate` in percent, as text."""

    tax_id: str
    rate: str
    base: int
    amount: int


class Payment(_Read):
    """Money taken toward a sale, if it was: what is only reserved was not captured yet."""

    method: str
    amount: int
    at: str
    actor: str | None = None
    status: str = "captured"
    captured_at: str | None = None


class RefundTax(_Read):
    """What a refund gives back of a tax."""

    tax_id: str
    base: int
    amount: int


class RefundLine(_Read):
    """What a refund gives back of a line, all figures above 0."""

    line_id: str
    quantity: StoredDecimal
    gross: int
    discount: int
    service_charge: int
    tax: int
    total: int
    taxes: tuple[RefundTax, ...] = ()


class RefundTender(_Read):
    """Money that went back; what a provider declined did not."""

    method: str
    amount: int
    status: str = "completed"


class Refund(_Read):
    """What was given back; with `due_again`, money of an order that was no sale yet."""

    at: str
    actor: str
    business_date: date
    lines: tuple[RefundLine, ...] = ()
    tip: int = 0
    total: int
    cash_rounding: int = 0
    tenders: tuple[RefundTender, ...] = ()
    due_again: bool = False


class SalePolicy(_Read):
    """The currency of a sale's amounts."""

    currency: str


class HistoryEntry(_Read):
    """Who did what to an order."""

    actor: str
    action: str


class Sale(_Read):
    """What totals need of an order, as its events carry it."""

    location_id: str
    time_zone: str
    business_date: date | None = None
    completed_at: str | None = None
    cancelled_at: str | None = None
    lines: tuple[SoldLine, ...]
    subtotal: int
    discount_total: int
    service_charge_total: int
    taxes: tuple[SoldTax, ...]
    tax_total: int
    tip: int
    total: int
    cash_rounding: int
    payments: tuple[Payment, ...]
    refunds: tuple[Refund, ...] = ()
    policy: SalePolicy
    history: tuple[HistoryEntry, ...]


# --- what comes in ---------------------------------------------------------------------------------------------------


def _written_out(value: Any) -> Any:
    # pydantic would also take a number of seconds for a date
    if isinstance(value, str) and len(value) == 10 and value[4] == value[7] == "-":
        return value
    raise ValueError("must be a date such as 2026-11-24")


Day = Annotated[date, BeforeValidator(_written_out)]


class SalesQuery(Query):
    """Which sales: of the business days `from` to `to`, both included, grouped, and optionally of one location.

    `currency` is needed only where a merchant has sold in several, which cannot be added up. A report has at most
    `limit` rows; `cursor` goes on after them.
    """

    from_: Annotated[Day, Field(alias="from")]
    to: Day
    group_by: GroupBy = "day"
    location_id: Id | None = None
    currency: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")] | None = None
    limit: Annotated[int, Field(ge=1, le=MAX_ROWS)] = MAX_ROWS
    cursor: Annotated[str, StringConstraints(max_length=200, pattern="^after:")] | None = None


class StockQuery(Listing):
    """Whose stock; with `low_stock`, only what is at its threshold or below, of which a page may hold fewer than
    `limit`.
    """

    location_id: Id
    low_stock: bool = False


# --- what goes out ---------------------------------------------------------------------------------------------------


class SalesFigures(Output):
    """Sums of sales, of payments and of what was given back: money in minor units, quantities as decimal strings.

    docs/reports.md says what each figure means and which groups have it; a figure that a group lacks is left out.
    """

    orders: int | None = None
    cancelled: int | None = None
    cancelled_open: int | None = None
    gross: int | None = None
    discount: int | None = None
    net: int | None = None
    service_charge: int | None = None
    tax: int | None = None
    tip: int | None = None
    total: int | None = None
    cash_rounding: int | None = None
    quantity: StoredDecimal | None = None
    payments: int | None = None
    voided: int | None = None
    paid: int | None = None
    base: int | None = None
    amount: int | None = None
    refunds: int | None = None
    refunded_gross: int | None = None
    refunded_discount: int | None = None
    refunded_net: int | None = None
    refunded_service_charge: int | None = None
    refunded_tax: int | None = None
    refunded_tip: int | None = None
    refunded_total: int | None = None
    refunded_cash_rounding: int | None = None
    refunded_quantity: StoredDecimal | None = None
    refunded_base: int | None = None
    refunded_amount: int | None = None
    refunded: int | None = None


class SalesRow(SalesFigures):
    """The sums of one group, under the name it is grouped by (null for what has none: a custom item has no product)."""

    day: str | None = None
    hour: str | None = None
    location: str | None = None
    staff: str | None = None
    payment_method: str | None = None
    tax_rate: str | None = None
    tax_id: str | None = None
    category: str | None = None
    product: str | None = None


class StockTotals(Output):
    """Sums over all levels of a location: `value` in minor units is that of the levels whose cost is known, `unvalued`
    how many have stock whose cost is not, `low_stock` how many are at their thresholds or below.
    """

    variants: int
    value: int
    unvalued: int
    low_stock: int


class StockReport(Output):
    """The levels of a location, by variant; `totals` come with the first page and are null on the others."""

    items: tuple[Level, ...]
    next_cursor: str | None
    totals: StockTotals | None


class AsOf(Output):
    """How far the totals go: they hold every event up to this page of the feed, and perhaps some after it.

    `time` is when that page was added; they are 0 and null before the first. `quarantined` counts the events that could
    not be read and are therefore missing.
    """

    page: int
    time: str | None
    quarantined: int


class SalesReport(Output):
    """Sales by group; `totals` are those of all sales asked for, whatever the grouping and the page."""

    from_: Annotated[date, Field(serialization_alias="from")]
    to: date
    group_by: GroupBy
    currency: str | None
    items: tuple[SalesRow, ...]
    next_cursor: str | None
    totals: SalesFigures
    as_of: AsOf

    def json_bytes(self) -> bytes:
        """The JSON that is answered; figures that a group lacks are left out."""
        return self.model_dump_json(exclude_unset=True, by_alias=True).encode()
