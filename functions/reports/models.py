"""What the reports service reads from orders' events, takes and answers."""

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, ConfigDict, Field, StringConstraints

from inventory.models import Cause, Level
from pos.clock import MIDNIGHT
from pos.model import Id, Listing, Output, Query, StoredDecimal

GroupBy = Literal[
    "day",
    "month",
    "hour",
    "weekday_hour",
    "location",
    "register",
    "staff",
    "payment_method",
    "tax_rate",
    "discount",
    "category",
    "product",
    "customer",
]

MAX_ROWS = 2000


# --- what orders' events carry ---------------------------------------------------------------------------------------


class _Read(Output):
    # An order holds what customers say and owe: a failure names fields, never their values.
    model_config = ConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True)


class Discount(_Read):
    """What a discount took off; one that nobody gave by hand has its promotion."""

    name: str
    applied: int
    promotion_id: str | None = None


class SoldModifier(_Read):
    """A change to each unit of a line, and what it takes from stock."""

    components: tuple[Any, ...] = ()


class SoldLine(_Read):
    """A line of a sale. Amounts are minor units; a custom item has no variant."""

    id: str
    variant_id: str | None = None
    category_id: str | None = None
    tax_ids: tuple[str, ...] = ()
    discounts: tuple[Discount, ...] = ()
    stock_tracked: bool = False
    components: tuple[Any, ...] = ()
    modifiers: tuple[SoldModifier, ...] = ()
    quantity: StoredDecimal
    gross: int
    discount: int
    service_charge: int
    tax: int
    total: int

    @property
    def takes_stock(self) -> bool:
        """Whether it moves any stock, so that its cost can be known."""
        return self.stock_tracked or bool(self.components) or any(one.components for one in self.modifiers)


class SoldTax(_Read):
    """A tax over a sale; `rate` in percent, as text."""

    tax_id: str
    name: str
    rate: str
    included: bool
    base: int
    amount: int

    @property
    def group(self) -> str:
        """What its sums are kept under: a tax by each rate and name that it had."""
        return f"{self.tax_id}@{self.rate}@{'included' if self.included else 'added'}@{self.name}"


class Payment(_Read):
    """Money taken toward a sale, if it was: what is only reserved was not captured yet."""

    method: str
    amount: int
    at: str
    actor: str | None = None
    register_id: str | None = None
    status: str = "captured"
    captured_at: str | None = None
    voided_at: str | None = None


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
    register_id: str | None = None
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
    """Who did what to an order, and when."""

    at: str
    actor: str
    action: str


class Sale(_Read):
    """What totals need of an order, as its events carry it."""

    id: str
    location_id: str
    register_id: str | None = None
    customer_id: str | None = None
    time_zone: str
    day_start: str = MIDNIGHT
    business_date: date | None = None
    completed_at: str | None = None
    cancelled_at: str | None = None
    lines: tuple[SoldLine, ...]
    discounts: tuple[Discount, ...] = ()
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


class StockMovement(_Read):
    """What totals need of a movement of stock, as its event carries it."""

    variant_id: str
    location_id: str
    on_hand: StoredDecimal
    change: StoredDecimal
    unit_cost: StoredDecimal | None = None
    average_cost: StoredDecimal | None = None
    cause: Cause
    version: int
    at: str


# --- what comes in ---------------------------------------------------------------------------------------------------


def _written_out(value: Any) -> Any:
    # pydantic would also take a number of seconds for a date
    if isinstance(value, str) and len(value) == 10 and value[4] == value[7] == "-":
        return value
    raise ValueError("must be a date such as 2026-11-24")


Day = Annotated[date, BeforeValidator(_written_out)]


class Period(Query):
    """The business days `from` to `to`, both included."""

    from_: Annotated[Day, Field(alias="from")]
    to: Day


Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]


class SalesQuery(Period):
    """Which sales: of the business days `from` to `to`, both included, grouped, and optionally of one location.

    `currency` is needed only where a merchant has sold in several, which cannot be added up. A report has at most
    `limit` rows; `cursor` goes on after them. With `sort`, a figure, it is one page: the `limit` rows that have most of
    it, or with `order` asc least. `compare` puts beside each row what it was as many days before, on the same days of
    the year before, or from the day `compare_from`.
    """

    group_by: GroupBy = "day"
    location_id: Id | None = None
    currency: Currency | None = None
    compare: Literal["previous_period", "previous_year"] | None = None
    compare_from: Day | None = None
    sort: Annotated[str, StringConstraints(max_length=40)] | None = None
    order: Literal["asc", "desc"] = "desc"
    limit: Annotated[int, Field(ge=1, le=MAX_ROWS)] = MAX_ROWS
    cursor: Annotated[str, StringConstraints(max_length=500, pattern="^after:")] | None = None


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
    cancellations: int | None = None
    cancelled_total: int | None = None
    cancelled_open: int | None = None
    cancelled_open_total: int | None = None
    customer_orders: int | None = None
    lines: int | None = None
    times: int | None = None
    gross: int | None = None
    discount: int | None = None
    manual_discount: int | None = None
    net: int | None = None
    untracked_net: int | None = None
    cost: StoredDecimal | None = None
    uncosted: StoredDecimal | None = None
    margin: StoredDecimal | None = None
    service_charge: int | None = None
    tax: int | None = None
    tip: int | None = None
    total: int | None = None
    cash_rounding: int | None = None
    quantity: StoredDecimal | None = None
    payments: int | None = None
    voided: int | None = None
    paid: int | None = None
    voids: int | None = None
    voided_amount: int | None = None
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
    average_total: StoredDecimal | None = None
    items_per_order: StoredDecimal | None = None
    lines_per_order: StoredDecimal | None = None
    margin_percent: StoredDecimal | None = None
    discount_percent: StoredDecimal | None = None
    manual_discount_percent: StoredDecimal | None = None
    refunded_percent: StoredDecimal | None = None
    cancelled_percent: StoredDecimal | None = None


class SalesRow(SalesFigures):
    """The sums of one group, under the name it is grouped by (null for what has none: a custom item has no product);
    `compared` are those of the period to compare with.
    """

    day: str | None = None
    month: str | None = None
    weekday: int | None = None
    hour: str | None = None
    weekday_hour: str | None = None
    location: str | None = None
    register_: Annotated[str | None, Field(serialization_alias="register")] = None
    staff: str | None = None
    payment_method: str | None = None
    tax_rate: str | None = None
    tax_id: str | None = None
    tax_name: str | None = None
    included: bool | None = None
    discount_name: str | None = None
    promotion_id: str | None = None
    category: str | None = None
    product: str | None = None
    customer: str | None = None
    compared: SalesFigures | None = None


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


class Compared(Output):
    """The period that was compared with, and its totals."""

    from_: Annotated[date, Field(serialization_alias="from")]
    to: date
    totals: SalesFigures


class SalesReport(Output):
    """Sales by group; `totals` are those of all sales asked for, whatever the grouping and the page."""

    from_: Annotated[date, Field(serialization_alias="from")]
    to: date
    group_by: GroupBy
    currency: str | None
    items: tuple[SalesRow, ...]
    next_cursor: str | None
    totals: SalesFigures
    compared: Compared | None = None
    as_of: AsOf

    def json_bytes(self) -> bytes:
        """The JSON that is answered; figures that a group lacks are left out."""
        return self.model_dump_json(exclude_unset=True, by_alias=True).encode()
