"""What the reports answer, from the totals and levels that there are: for the operations that answer them, and for
exports, so that both tell the same figures.

Whoever asks for all rows at once gives a `limit` beyond the API's, by `model_copy`.
"""

from collections import Counter
from collections.abc import Callable
from datetime import date, datetime, timedelta

from inventory import store as inventory
from inventory.models import Level
from pos import dynamo
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
from reports.sheets import Book, Figures
from staff.store import location_ref


def sales(merchant_id: str, wanted: SalesQuery) -> SalesReport:
    """Sales of some business days by one dimension; its work does not grow with the sales."""
    rules.check_sales_query(wanted)
    as_of = store.as_of(merchant_id)  # before the sheets, so that they hold at least this
    days = store.read_sheets(merchant_id, "day", wanted.from_, wanted.to)
    currency = rules.currency_of((key for key, _ in _here(wanted.location_id, days)), wanted.currency)
    groups = _groups(merchant_id, wanted, wanted.from_, wanted.to, currency, days)
    report = SalesReport(
        from_=wanted.from_,
        to=wanted.to,
        group_by=wanted.group_by,
        currency=currency,
        items=(),
        next_cursor=None,
        totals=rules.totals(rules.of_place(days, wanted.location_id, currency)),
        as_of=as_of,
    )
    here = rules.of_place(days, wanted.location_id, currency)
    before: dict[str, Figures] | None = None
    if period := rules.compared_period(wanted):
        days = store.read_sheets(merchant_id, "day", *period)
        before = dict(rules.beside(wanted, period[0], _groups(merchant_id, wanted, *period, currency, days)))
        totals = rules.totals(rules.of_place(days, wanted.location_id, currency))
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


def taxes(merchant_id: str, wanted: TaxQuery) -> TaxReport:
    """What tax returns ask for, by month, location and tax."""
    period = returns.period(wanted)
    as_of = store.as_of(merchant_id)  # before the sheets, so that they hold at least this
    sheets = _here(wanted.location_id, store.read_sheets(merchant_id, "day", period.from_, period.to))
    currency = rules.currency_of((key for key, _ in sheets), wanted.currency)
    items = returns.tax_rows(rules.of_place(sheets, wanted.location_id, currency))
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


def stock_movements(merchant_id: str, wanted: StockMovementsQuery) -> StockMovementsReport:
    """What moved the stock of a location in some business days, by variant and cause."""
    rules.check_range(wanted, MAX_DAYS)
    as_of = store.as_of(merchant_id)  # before the sheets, so that they hold at least this
    sheets = store.read_sheets(merchant_id, "product", wanted.from_, wanted.to)
    sheets = [one for one in sheets if one[0].location_id == wanted.location_id]
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


def customers(merchant_id: str, wanted: CustomersQuery) -> CustomersReport:
    """Which customers bought in some business days: new ones, those who came back, and who bought for most."""
    rules.check_range(wanted, MAX_DAYS)
    as_of = store.as_of(merchant_id)  # before the sheets, so that they hold at least this
    days = _here(wanted.location_id, store.read_sheets(merchant_id, "day", wanted.from_, wanted.to))
    currency = rules.currency_of((key for key, _ in days), wanted.currency)
    sheets = store.read_sheets(merchant_id, "customer", wanted.from_, wanted.to)
    bought = rules.summed(rules.of_place(sheets, wanted.location_id, currency), "customer", currency)
    first_days = store.first_days(merchant_id, bought, currency or "")
    all_sales = rules.totals(rules.of_place(days, wanted.location_id, currency))
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


def affinity(merchant_id: str, wanted: AffinityQuery) -> AffinityReport:
    """Which products are bought together, from a bounded sample of each day's baskets."""
    rules.check_range(wanted, MAX_DAYS)
    as_of = store.as_of(merchant_id)  # before the sheets, so that they hold at least this

    def sheets(book: Book) -> Sheets:
        return _here(wanted.location_id, store.read_sheets(merchant_id, book, wanted.from_, wanted.to))

    singles, pairs, orders, sampled = baskets.counted(sheets("basket"), sheets("day"))
    return AffinityReport(
        from_=wanted.from_,
        to=wanted.to,
        orders=orders,
        baskets=sampled,
        sampled=sampled < orders,
        items=tuple(baskets.rows(wanted, singles, pairs, orders)),
        as_of=as_of,
    )


def _here(location_id: str | None, sheets: Sheets) -> Sheets:
    return [one for one in sheets if location_id in (None, one[0].location_id)]


def _groups(
    merchant_id: str, wanted: SalesQuery, first: date, last: date, currency: str | None, days: Sheets
) -> dict[str, Figures]:
    """The sums by group of some days, whose day sheets are read already."""
    book = rules.book_of(wanted.group_by)
    sheets = days if book == "day" else store.read_sheets(merchant_id, book, first, last)
    return rules.summed(rules.of_place(sheets, wanted.location_id, currency), wanted.group_by, currency)


def _told(merchant_id: str, wanted: StockQuery, now: datetime) -> Callable[[Level], StockRow]:
    """How a level becomes a row: as it is, or with what was sold of it in the days that are asked for."""
    if wanted.days is None:
        return lambda level: StockRow(**level.model_dump())
    days = wanted.days
    location = dynamo.get(location_ref(merchant_id, wanted.location_id))
    today = date.fromisoformat(location.business_day(now))
    sheets = store.read_sheets(merchant_id, "product", today - timedelta(days=days - 1), today)
    taken = stock.sold([one for one in sheets if one[0].location_id == wanted.location_id])
    return lambda level: stock.covered(level, taken, days)


def _totals(merchant_id: str, location_id: str) -> StockTotals:
    variants = value = unvalued = low_stock = 0
    for level in inventory.all_levels(merchant_id, location_id):
        variants += 1
        value += level.value or 0
        unvalued += level.value is None and level.on_hand != 0
        low_stock += level.low_stock
    return StockTotals(variants=variants, value=value, unvalued=unvalued, low_stock=low_stock)
