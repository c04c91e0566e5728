"""What the reports service reads from orders' events, takes and answers."""

from datetime import date
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, StringConstraints, model_validator

from inventory.models import Cause, Level
from pos.clock import MIDNIGHT
from pos.model import Id, Input, Listing, Output, Query, StoredDecimal

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
LONGEST_SPAN = 3 * 366  # days

IfAny = Field(exclude_if=lambda value: value is None)
"""What only some have: the others do not tell of it."""

MAX_DAYS = 92
"""How many days a report covers at most that has a row for each product or customer."""


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
    created_at: str
    updated_at: str
    occurred_at: str | None = None
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


def _month(value: str) -> str:
    date.fromisoformat(f"{value}-01")
    return value


Month = Annotated[str, StringConstraints(pattern=r"^[0-9]{4}-(0[1-9]|1[0-2])$"), AfterValidator(_month)]


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


class TaxQuery(Query):
    """The months `from` to `to` (YYYY-MM), both included, and optionally of one location."""

    from_: Annotated[Month, Field(alias="from")]
    to: Month
    location_id: Id | None = None
    currency: Currency | None = None


class StockQuery(Listing):
    """Whose stock; with `low_stock`, only what is at its threshold or below, of which a page may hold fewer than
    `limit`.

    With `days`, rows tell what was sold in so many business days up to today, and how long the stock lasts at that
    rate. `slow_movers` are, on one page of `limit`, those in stock of which least was sold in these days.
    """

    location_id: Id
    low_stock: bool = False
    days: Annotated[int, Field(ge=1, le=MAX_DAYS)] | None = None
    slow_movers: bool = False

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.slow_movers and (self.days is None or self.low_stock or self.cursor is not None):
            raise ValueError("slow_movers goes with days, and neither with low_stock nor with a cursor")
        return self


class StockMovementsQuery(Period):
    """Which movements: of a location, and optionally of one variant."""

    location_id: Id
    variant_id: Id | None = None
    limit: Annotated[int, Field(ge=1, le=MAX_ROWS)] = MAX_ROWS
    cursor: Annotated[str, StringConstraints(max_length=500, pattern="^after:")] | None = None


class CustomersQuery(Period):
    """Whose purchases: of a location, or all; the `limit` customers who bought for most."""

    location_id: Id | None = None
    currency: Currency | None = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50


class AffinityQuery(Period):
    """Which baskets: of a location, or all. With `product`, only pairs with it; `min_orders` leaves rare pairs out."""

    location_id: Id | None = None
    product: Id | None = None
    min_orders: Annotated[int, Field(ge=1, le=1_000_000)] = 2
    sort: Literal["orders", "lift"] = "orders"
    limit: Annotated[int, Field(ge=1, le=200)] = 50


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


class LateFigures(SalesFigures):
    """What was changed of a day after it was over at its location: `changes` of orders, the last of them in the hour
    from `last`, and by how much they changed each figure. What the day came to when it was over is what it comes to,
    less these.
    """

    changes: int
    last: str


class SalesRow(SalesFigures):
    """The sums of one group, under the name it is grouped by (null for what has none: a custom item has no product);
    `compared` are those of the period to compare with. A day that was changed after it was over says so in `late`.
    """

    late: Annotated[LateFigures | None, IfAny] = None

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


class StockRow(Level):
    """A level, and with `days` what was `sold` in them, less what came back; `days_of_cover` is how many days it lasts
    at that rate, null if nothing was sold.
    """

    sold: StoredDecimal | None = None
    days_of_cover: StoredDecimal | None = None


class StockReport(Output):
    """The levels of a location, by variant; `totals` come with the first page and are null on the others."""

    items: tuple[StockRow, ...]
    next_cursor: str | None
    totals: StockTotals | None


class TaxRow(Output):
    """A tax at a location in a month, as a return asks for it; without `tax_id`, what had no tax.

    `base` is what was taxed (DPP), `tax` the tax on it, `refunded_…` what was given back of both in that month, and
    `declared_…` what is left.
    """

    month: str
    location_id: str
    tax_id: str | None
    name: str | None
    rate: str | None
    included: bool | None
    orders: int
    base: int
    tax: int
    refunds: int
    refunded_base: int
    refunded_tax: int
    declared_base: int
    declared_tax: int


class TaxTotals(Output):
    """The sums over all rows; bases of several taxes on the same goods do not add up, so there is only that of what had
    no tax (`untaxed`).
    """

    tax: int
    refunded_tax: int
    declared_tax: int
    untaxed: int


class CauseSum(Output):
    """What one cause moved, at what it cost; `uncosted` is how much of it has no known cost."""

    quantity: StoredDecimal
    cost: StoredDecimal
    uncosted: StoredDecimal


class StockMoves(Output):
    """What came in and went out, by cause; of adjustments the reason follows behind a dot."""

    incoming: dict[str, CauseSum]
    outgoing: dict[str, CauseSum]


class StockMovementsRow(StockMoves):
    """A variant's stock at the beginning and at the end of the period, and what moved it; `closing_value` is what was
    there at its average cost, null if that is not known.
    """

    variant_id: str
    opening: StoredDecimal
    closing: StoredDecimal
    closing_value: StoredDecimal | None


class StockMovementsTotals(StockMoves):
    """The sums over all variants; `shrinkage` is what counts and losses took, less what they found."""

    shrinkage: CauseSum


class CustomersOfAKind(Output):
    """Of how many customers how many orders are, and what they come to; 0 customers of sales to nobody known."""

    customers: int
    orders: int
    total: int


class CustomerRow(Output):
    """A customer's purchases in the period; `first_day` is when the customer bought for the first time, anywhere."""

    customer_id: str
    first_day: date
    orders: int
    total: int
    refunded_total: int


class AffinityRow(Output):
    """Two products that are bought together: in how many `orders`, how many percent of all orders that is, of those
    with the one, and of those with the other; `lift` is how many times as often as if they had nothing to do with each
    other.
    """

    product: str
    with_product: str
    orders: StoredDecimal
    support_percent: StoredDecimal
    of_product_percent: StoredDecimal
    of_with_product_percent: StoredDecimal
    lift: StoredDecimal


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


class _Dated(Output):
    from_: Annotated[date, Field(serialization_alias="from")]
    to: date
    as_of: AsOf

    def json_bytes(self) -> bytes:
        """The JSON that is answered."""
        return self.model_dump_json(by_alias=True).encode()


class TaxReport(Output):
    """Taxes by month, location and tax."""

    from_: Annotated[str, Field(serialization_alias="from")]
    to: str
    currency: str | None
    items: tuple[TaxRow, ...]
    totals: TaxTotals
    as_of: AsOf

    def json_bytes(self) -> bytes:
        """The JSON that is answered."""
        return self.model_dump_json(by_alias=True).encode()


class StockMovementsReport(_Dated):
    """The variants of a location whose stock moved, and the sums of all of them."""

    items: tuple[StockMovementsRow, ...]
    next_cursor: str | None
    totals: StockMovementsTotals


class CustomersReport(_Dated):
    """New customers, who never bought before, those who came back, sales to nobody known, and who bought for most."""

    currency: str | None
    new: CustomersOfAKind
    returning: CustomersOfAKind
    unknown: CustomersOfAKind
    items: tuple[CustomerRow, ...]


class AffinityReport(_Dated):
    """What is bought together in so many `orders`. `sampled` says that busy days are told by a sample of their baskets,
    of `baskets` in all, so that figures are estimates; else they are exact.
    """

    orders: int
    baskets: int
    sampled: bool
    items: tuple[AffinityRow, ...]


# --- work that takes longer than a request ---------------------------------------------------------------------------

JobKind = Literal["audit", "rebuild"]
JobStatus = Literal["running", "done", "failed"]


class AuditQuery(Query):
    """Which business days to count again, both included."""

    from_: Annotated[Day, Field(alias="from")]
    to: Day


class NewRebuild(Input):
    """Which business days to project again, both included."""

    from_: Annotated[Day, Field(alias="from", strict=False)]
    to: Annotated[Day, Field(strict=False)]


class Difference(Output):
    """Something that is not what it should be.

    `total`: a figure of a report's group on a day, expected from the orders and found in the totals. `feed`: events of
    an order's version that the feed lacks. `stock`: a level that its movements do not lead to. Money is in minor units,
    quantities are decimal strings; null stands for what is not there at all.
    """

    kind: Literal["total", "feed", "stock"]
    day: Annotated[str | None, IfAny] = None
    location_id: Annotated[str | None, IfAny] = None
    currency: Annotated[str | None, IfAny] = None
    dimension: str
    group: str
    figure: str
    expected: str | int | None
    found: str | int | None


class Audited(Output):
    """What an audit has looked at, and what it found: the first `differences`, and how many there are.

    `orders` were counted with all their `versions` up to page `page` of the feed, which the totals held; `pending`
    versions were newer than that. `figures` of totals were compared, and `levels` of stock with their `movements`.
    """

    equal: bool = True
    orders: int = 0
    versions: int = 0
    pending: int = 0
    figures: int = 0
    levels: int = 0
    movements: int = 0
    page: int = 0
    difference_count: int = 0
    differences: tuple[Difference, ...] = ()


class Rebuilt(Output):
    """What a rebuild has done: of the `sheets` of totals that it figured anew from `orders`, `corrected` differed and
    were replaced; `restored` events had been set aside as unreadable, and are in the totals now.
    """

    orders: int = 0
    sheets: int = 0
    corrected: int = 0
    restored: int = 0


class Job(Output):
    """Work on reports that may take longer than a request: `days_done` of its `days` are looked at.

    `failed` says in `failure` why it was given up; nothing is left half done.
    """

    id: str
    kind: JobKind
    status: JobStatus = "running"
    from_: Annotated[date, Field(alias="from")]
    to: date
    created_at: str
    created_by: str
    updated_at: str
    finished_at: str | None = None
    days: int
    days_done: int = 0
    failure: Annotated[str | None, IfAny] = None
    audit: Annotated[Audited | None, IfAny] = None
    rebuild: Annotated[Rebuilt | None, IfAny] = None

    def json_bytes(self) -> bytes:
        """The JSON that is answered and stored."""
        return self.model_dump_json(by_alias=True).encode()


class Work(Output):
    """How far a job has come, for whoever goes on with it.

    It looks at orders made since `low` (a timestamp), at those that pages after `start` of the feed tell of, and at
    movements since `low`, and lists them by day in `chunks`; what is listed as certain was in the totals by page
    `known`. Then it goes through the days, and on each through its locations, of which those up to `after` are done.
    """

    low: str
    start: int
    known: int
    phase: Literal["made", "changed", "stock", "days", "rest"] = "made"
    cursor: str | None = None
    chunks: int = 0
    day: date
    after: str = ""
    waits: int = 0
