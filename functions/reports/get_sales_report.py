"""GET /v1/reports/sales"""

from collections import Counter
from datetime import date

from pos.http import Answer, Call, operation
from reports import rules, store
from reports.models import Compared, SalesQuery, SalesReport
from reports.rules import Sheets
from reports.sheets import Book, Figures


@operation(permission="reports:read", query=SalesQuery, answer=SalesReport)
def handler(call: Call[None, SalesQuery]) -> Answer:
    """Sales of some business days by one dimension, read from totals alone: its work does not grow with the sales."""
    wanted = call.query
    rules.check_sales_query(wanted)
    as_of = store.as_of(call.merchant_id)  # before the sheets, so that they hold at least this
    days = store.read_sheets(call.merchant_id, "day", wanted.from_, wanted.to)
    currency = rules.currency_of((key for key, _ in _here(wanted, days)), wanted.currency)
    groups = _groups(call, wanted.from_, wanted.to, currency, days)
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
        days = store.read_sheets(call.merchant_id, "day", *period)
        before = dict(rules.beside(wanted, period[0], _groups(call, *period, currency, days)))
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
    return Answer(200, report.model_copy(update={"items": items, "next_cursor": next_cursor}).json_bytes())


def _groups(
    call: Call[None, SalesQuery], first: date, last: date, currency: str | None, days: Sheets
) -> dict[str, Figures]:
    """The sums by group of some days, whose day sheets are read already."""
    wanted = call.query
    book = rules.book_of(wanted.group_by)
    sheets = days if book == "day" else _sheets(call, book, first, last)
    return rules.summed(rules.of_place(sheets, wanted.location_id, currency), wanted.group_by, currency)


def _sheets(call: Call[None, SalesQuery], book: Book, first: date, last: date) -> Sheets:
    return store.read_sheets(call.merchant_id, book, first, last)


def _here(wanted: SalesQuery, days: Sheets) -> Sheets:
    return [one for one in days if wanted.location_id in (None, one[0].location_id)]
