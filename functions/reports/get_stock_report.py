"""GET /v1/reports/stock"""

from pos.http import Answer, Call, operation
from reports import answering
from reports.models import StockQuery, StockReport


@operation(permission="reports:read", query=StockQuery, answer=StockReport)
def handler(call: Call[None, StockQuery]) -> Answer:
    """Stock on hand at a location and what it is worth, by variant: the levels themselves, so it is current to the last
    sale.
    """
    return Answer(200, answering.stock_levels(call.merchant_id, call.query, call.now).json_bytes())
