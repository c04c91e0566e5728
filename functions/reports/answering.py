"""What the reports answer, from the totals and levels that there are: for the operations that answer them, and for
exports, so that both tell the same figures.

Whoever asks for all rows at once gives a `limit` beyond the API's, by `model_copy`.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta

from inventory import store as inventory
from inventory.models import Level
from pos import dynamo
from pos.errors import Invalid
from reports import baskets, buyers, returns, rules, stock, store
from reports.models import (
    MAX_DAYS,
    AffinityQuery,
    AffinityReport,
    Compared,
    CustomersQuery,
    CustomersReport,
    SalesQuery,
    SalesReport,
    StockMovementsQuery,
    StockMovementsReport,
    StockQuery,
    StockReport,
    StockRow,
    StockTotals,
    TaxQuery,
    TaxReport,
)
from reports.rules import Sheets
from reports.sheets import Book, Figures, Sheet, SheetKey
from staff.store import location_ref

MOST_SHEETS = 30_000
"""How many sheets of totals an answer of the API is made of at most (docs/performance.md has what they take)."""


class _Reader:
    """Reads the sheets of a report's place, book after book, and of all of them together no more than `most`."""

    def __init__(self, merchant_id: str, location_id: str | None, most: int) -> None:
        self._merchant_id, self._location_id = merchant_id, location_id
        self._most = self._left = most

    def __call__(self, book: Book, first: date, last: date) -> Iterator[tuple[SheetKey, Sheet]]:
        for sheet in store.read_sheets(self._merchant_id, book, first, last, self._location_id):
            self._left -= 1
            if self._left < 0:
                raise Invalid("report.range_too_large", self._advice(), "?to")
            yield sheet

    def _advice(self) -> str:
        return (
            f"These days and locations have more than {self._most} sheets of totals, which one answer is made of: "
            "ask for fewer days or for one location, or have the report as a file (POST /v1/exports)."
        )


def sales(merchant_id: str, wanted: SalesQuery, most: int = MOST_SHEETS) -> SalesReport:
    """Sales of some business days by one dimension; its work does not grow with the sales."""
    rules.check_sales_query(wanted)
    as_of = store.as_of(merchant_id)  # before the sheets, so that they hold at least this
    read = _Reader(merchant_id, wanted.location_id, most)
    days = rules.days_of(read("day", wanted.from_, wanted.to), wanted.group_by)
    currency = rules.currency_of((key for key, _ in days), wanted.currency)
    groups = _groups(read, wanted, wanted.from_, wanted.to, currency, days)
    report = SalesReport(
        from_=wanted.from_,
        to=wanted.to,
        group_by=wanted.group_by,
        currency=currency,
        items=(),
        next_cursor=None,
        totals=rules.totals(rules.in_currency(days, currency)),
        as_of=as_of,
    )
    here = rules.in_currency(days, currency)
    before: dict[str, Figures] | None = None
    if period := rules.compared_period(wanted):
        days = rules.days_of(read("day", *period), wanted.group_by)
        before = dict(rules.beside(wanted, period[0], _groups(read, wanted, *period, currency, days)))
        totals = rules.totals(rules.in_currency(days, currency))
        report = report.model_copy(update={"compared": Compared(from_=period[0], to=period[1], totals=totals)})
        groups = dict(sorted(({group: Counter[str]() for group in before} | groups).items()))
    page, next_cursor = rules.page_of(wanted, groups)
    items = tuple(
        rules.row(wanted.group_by, group, groups[group], None if before is None else before.get(group, Counter()))
        for group in page
    )
    if wanted.group_by == "day":
        items = tuple(rules.with_late(items, here))
    return report.model_copy(update={"items": items, "next_cursor": next_cursor})


def taxes(merchant_id: str, wanted: TaxQuery, most: int = MOST_SHEETS) -> TaxReport:
    """What tax returns ask for, by month, location and tax."""
    period = returns.period(wanted)
    as_of = store.as_of(merchant_id)  # before the sheets, so that they hold at least this
    read = _Reader(merchant_id, wanted.location_id, most)
    days = read("day", period.from_, period.to)
    months = rules.gathered(days, lambda key: key._replace(day=key.day[:7]), "tax_rate")
    currency = rules.currency_of((key for key, _ in months), wanted.currency)
    items = returns.tax_rows(rules.in_currency(months, currency))
    return TaxReport(
        from_=wanted.from_, to=wanted.to, currency=currency, items=items, totals=returns.added(items), as_of=as_of
    )


def stock_levels(merchant_id: str, wanted: StockQuery, now: datetime) -> StockReport:
    """Stock on hand at a location and what it is worth, by variant: the levels themselves."""
    place = (merchant_id, wanted.location_id)
    told = _told(merchant_id, wanted, now)
    if wanted.slow_movers:
        slowest = stock.slowest(map(told, inventory.all_levels(*place)), wanted.limit)
        return StockReport(items=tuple(slowest), next_cursor=None, totals=_totals(*place))
    if wanted.low_stock:
        page = inventory.list_low(*place, wanted.limit, wanted.cursor)
    else:
        page = inventory.list_levels(*place, None, wanted.limit, wanted.cursor)
    return StockReport(
        items=tuple(told(inventory.level(item)) for item in page.items),
        next_cursor=page.next_cursor,
        totals=None if wanted.cursor else _totals(*place),
    )


def stock_movements(merchant_id: str, wanted: StockMovementsQuery, most: int = MOST_SHEETS) -> StockMovementsReport:
    """What moved the stock of a location in some business days, by variant and cause."""
    rules.check_range(wanted, MAX_DAYS)
    as_of = store.as_of(merchant_id)  # before the sheets, so that they hold at least this
    sheets = list(_Reader(merchant_id, wanted.location_id, most)("product", wanted.from_, wanted.to))
    levels = stock.last_levels(sheets)
    moved = {
        variant_id: figures
        for variant_id, figures in stock.moved(sheets).items()
        if wanted.variant_id in (None, variant_id)
    }
    page, next_cursor = rules.page_after(wanted.cursor, wanted.limit, list(moved))
    return StockMovementsReport(
        from_=wanted.from_,
        to=wanted.to,
        items=tuple(stock.row(variant_id, moved[variant_id], levels[variant_id]) for variant_id in page),
        next_cursor=next_cursor,
        totals=stock.totals(moved.values()),
        as_of=as_of,
    )


def customers(merchant_id: str, wanted: CustomersQuery, most: int = MOST_SHEETS) -> CustomersReport:
    """Which customers bought in some business days: new ones, those who came back, and who bought for most."""
    rules.check_range(wanted, MAX_DAYS)
    as_of = store.as_of(merchant_id)  # before the sheets, so that they hold at least this
    read = _Reader(merchant_id, wanted.location_id, most)
    days = rules.days_of(read("day", wanted.from_, wanted.to), "day")
    currency = rules.currency_of((key for key, _ in days), wanted.currency)
    sheets = read("customer", wanted.from_, wanted.to)
    bought = rules.summed(rules.in_currency(sheets, currency), "customer", currency)
    first_days = store.first_days(merchant_id, bought, currency or "")
    all_sales = rules.totals(rules.in_currency(days, currency))
    new, returning, unknown = buyers.kinds(wanted.from_, bought, first_days, all_sales)
    return CustomersReport(
        from_=wanted.from_,
        to=wanted.to,
        currency=currency,
        new=new,
        returning=returning,
        unknown=unknown,
        items=tuple(buyers.rows(bought, first_days)[: wanted.limit]),
        as_of=as_of,
    )


def affinity(merchant_id: str, wanted: AffinityQuery, most: int = MOST_SHEETS) -> AffinityReport:
    """Which products are bought together, from a bounded sample of each day's baskets."""
    rules.check_range(wanted, MAX_DAYS)
    as_of = store.as_of(merchant_id)  # before the sheets, so that they hold at least this

    read = _Reader(merchant_id, wanted.location_id, most)
    days = rules.gathered(read("day", wanted.from_, wanted.to), lambda key: key, "day")
    singles, pairs, orders, sampled = baskets.counted(read("basket", wanted.from_, wanted.to), days)
    return AffinityReport(
        from_=wanted.from_,
        to=wanted.to,
        orders=orders,
        baskets=sampled,
        sampled=sampled < orders,
        items=tuple(baskets.rows(wanted, singles, pairs, orders)),
        as_of=as_of,
    )


def _groups(
    read: _Reader, wanted: SalesQuery, first: date, last: date, currency: str | None, days: Sheets
) -> dict[str, Figures]:
    """The sums by group of some days, whose day sheets are read already."""
    book = rules.book_of(wanted.group_by)
    sheets = days if book == "day" else read(book, first, last)
    return rules.summed(rules.in_currency(sheets, currency), wanted.group_by, currency)


def _told(merchant_id: str, wanted: StockQuery, now: datetime) -> Callable[[Level], StockRow]:
    """How a level becomes a row: as it is, or with what was sold of it in the days that are asked for."""
    if wanted.days is None:
        return lambda level: StockRow(**level.model_dump())
    days = wanted.days
    location = dynamo.get(location_ref(merchant_id, wanted.location_id))
    today = date.fromisoformat(location.business_day(now))
    first = today - timedelta(days=days - 1)
    taken = stock.sold(store.read_sheets(merchant_id, "product", first, today, wanted.location_id))
    return lambda level: stock.covered(level, taken, days)


def _totals(merchant_id: str, location_id: str) -> StockTotals:
    variants = value = unvalued = low_stock = 0
    for level in inventory.all_levels(merchant_id, location_id):
        variants += 1
        value += level.value or 0
        unvalued += level.value is None and level.on_hand != 0
        low_stock += level.low_stock
    return StockTotals(variants=variants, value=value, unvalued=unvalued, low_stock=low_stock)
