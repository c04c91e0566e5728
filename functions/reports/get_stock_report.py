"""GET /v1/reports/stock"""

from collections.abc import Callable
from datetime import date, timedelta

from inventory import store as inventory
from inventory.models import Level
from pos import dynamo
from pos.http import Answer, Call, operation
from reports import stock, store
from reports.models import StockQuery, StockReport, StockRow, StockTotals
from staff.store import location_ref


@operation(permission="reports:read", query=StockQuery, answer=StockReport)
def handler(call: Call[None, StockQuery]) -> Answer:
    """Stock on hand at a location and what it is worth, by variant: the levels themselves, so it is current to the last
    sale.
    """
    wanted = call.query
    place = (call.merchant_id, wanted.location_id)
    told = _told(call)
    if wanted.slow_movers:
        slowest = stock.slowest(map(told, inventory.all_levels(*place)), wanted.limit)
        return Answer(200, StockReport(items=tuple(slowest), next_cursor=None, totals=_totals(*place)).json_bytes())
    if wanted.low_stock:
        page = inventory.list_low(*place, wanted.limit, wanted.cursor)
    else:
        page = inventory.list_levels(*place, None, wanted.limit, wanted.cursor)
    report = StockReport(
        items=tuple(told(inventory.level(item)) for item in page.items),
        next_cursor=page.next_cursor,
        totals=None if wanted.cursor else _totals(*place),
    )
    return Answer(200, report.json_bytes())


def _told(call: Call[None, StockQuery]) -> Callable[[Level], StockRow]:
    """How a level becomes a row: as it is, or with what was sold of it in the days that are asked for."""
    wanted = call.query
    if wanted.days is None:
        return lambda level: StockRow(**level.model_dump())
    days = wanted.days
    location = dynamo.get(location_ref(call.merchant_id, wanted.location_id))
    today = date.fromisoformat(location.business_day(call.now))
    sheets = store.read_sheets(call.merchant_id, "product", today - timedelta(days=days - 1), today)
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
