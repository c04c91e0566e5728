"""GET /v1/reports/sales"""

from pos import dynamo
from pos.http import Answer, Call, operation
from reports import rules, store
from reports.models import AsOf, SalesQuery, SalesReport
from reports.rules import Book, Sheet, SheetKey


@operation(permission="reports:read", query=SalesQuery, answer=SalesReport)
def handler(call: Call[None, SalesQuery]) -> Answer:
    """Sales of some business days by one dimension, read from totals alone: its work does not grow with the sales."""
    wanted = call.query
    rules.check_range(wanted.from_, wanted.to, wanted.group_by)
    as_of = _as_of(call.merchant_id)  # before the sheets, so that they hold at least this
    days = _sheets(call, "day")
    currency = rules.currency_of((key for key, _ in days), wanted.currency)
    book = rules.book_of(wanted.group_by)
    days = _in_currency(days, currency)
    sheets = days if book == "day" else _in_currency(_sheets(call, book), currency)
    groups = rules.summed(sheets, wanted.group_by)
    left = [group for group in groups if wanted.cursor is None or rules.cursor(group) > wanted.cursor]
    page = left[: wanted.limit]
    report = SalesReport(
        from_=wanted.from_,
        to=wanted.to,
        group_by=wanted.group_by,
        currency=currency,
        items=tuple(rules.row(wanted.group_by, group, groups[group]) for group in page),
        next_cursor=rules.cursor(page[-1]) if len(left) > len(page) else None,
        totals=rules.totals(days),
        as_of=as_of,
    )
    return Answer(200, report.json_bytes())


def _as_of(merchant_id: str) -> AsOf:
    checkpoint = dynamo.get(store.checkpoint_ref(merchant_id))
    return AsOf(page=checkpoint.page, time=checkpoint.time, quarantined=store.count_quarantined(merchant_id))


def _sheets(call: Call[None, SalesQuery], book: Book) -> list[tuple[SheetKey, Sheet]]:
    wanted = call.query
    sheets = store.read_sheets(call.merchant_id, book, wanted.from_, wanted.to)
    return [(key, sheet) for key, sheet in sheets if wanted.location_id in (None, key.location_id)]


def _in_currency(sheets: list[tuple[SheetKey, Sheet]], currency: str | None) -> list[tuple[SheetKey, Sheet]]:
    return [(key, sheet) for key, sheet in sheets if key.currency == currency]
