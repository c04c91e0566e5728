"""GET /v1/reports/stock_movements"""

from pos.http import Answer, Call, operation
from reports import rules, stock, store
from reports.models import MAX_DAYS, StockMovementsQuery, StockMovementsReport


@operation(permission="reports:read", query=StockMovementsQuery, answer=StockMovementsReport)
def handler(call: Call[None, StockMovementsQuery]) -> Answer:
    """What moved the stock of a location in some business days, by variant and cause, from what was there to what was
    left; read from totals alone.
    """
    wanted = call.query
    rules.check_range(wanted, MAX_DAYS)
    as_of = store.as_of(call.merchant_id)  # before the sheets, so that they hold at least this
    sheets = store.read_sheets(call.merchant_id, "product", wanted.from_, wanted.to)
    sheets = [one for one in sheets if one[0].location_id == wanted.location_id]
    levels = stock.last_levels(sheets)
    moved = {
        variant_id: figures
        for variant_id, figures in stock.moved(sheets).items()
        if wanted.variant_id in (None, variant_id)
    }
    page, next_cursor = rules.page_after(wanted.cursor, wanted.limit, list(moved))
    report = StockMovementsReport(
        from_=wanted.from_,
        to=wanted.to,
        items=tuple(stock.row(variant_id, moved[variant_id], levels[variant_id]) for variant_id in page),
        next_cursor=next_cursor,
        totals=stock.totals(moved.values()),
        as_of=as_of,
    )
    return Answer(200, report.json_bytes())
