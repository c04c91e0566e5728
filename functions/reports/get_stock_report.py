"""GET /v1/reports/stock"""

from inventory import store as inventory
from inventory.models import Level
from pos.http import Answer, Call, listing, operation
from reports.models import StockQuery


@operation(permission="reports:read", query=StockQuery, answer=Level)
def handler(call: Call[None, StockQuery]) -> Answer:
    """Stock on hand at a location, by variant: the levels themselves, so it is current to the last sale."""
    wanted = call.query
    page = inventory.list_levels(call.merchant_id, wanted.location_id, None, wanted.limit, wanted.cursor)
    return listing([inventory.level(item).json_bytes() for item in page.items], page.next_cursor)
