"""GET /v1/reports/stock"""

from inventory import store as inventory
from pos.http import Answer, Call, operation
from reports.models import StockQuery, StockReport, StockTotals


@operation(permission="reports:read", query=StockQuery, answer=StockReport)
def handler(call: Call[None, StockQuery]) -> Answer:
    """Stock on hand at a location and what it is worth, by variant: the levels themselves, so it is current to the last
    sale.
    """
    wanted = call.query
    place = (call.merchant_id, wanted.location_id)
    if wanted.low_stock:
        page = inventory.list_low(*place, wanted.limit, wanted.cursor)
    else:
        page = inventory.list_levels(*place, None, wanted.limit, wanted.cursor)
    report = StockReport(
        items=tuple(map(inventory.level, page.items)),
        next_cursor=page.next_cursor,
        totals=None if wanted.cursor else _totals(*place),
    )
    return Answer(200, report.json_bytes())


def _totals(merchant_id: str, location_id: str) -> StockTotals:
    variants = value = unvalued = low_stock = 0
    for level in inventory.all_levels(merchant_id, location_id):
        variants += 1
        value += level.value or 0
        unvalued += level.value is None and level.on_hand != 0
        low_stock += level.low_stock
    return StockTotals(variants=variants, value=value, unvalued=unvalued, low_stock=low_stock)
