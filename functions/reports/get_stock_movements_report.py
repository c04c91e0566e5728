"""GET /v1/reports/stock_movements"""

from pos.http import Answer, Call, operation
from reports import answering
from reports.models import StockMovementsQuery, StockMovementsReport


@operation(permission="reports:read", query=StockMovementsQuery, answer=StockMovementsReport)
def handler(call: Call[None, StockMovementsQuery]) -> Answer:
    """What moved the stock of a location in some business days, by variant and cause, from what was there to what was
    left; read from totals alone.
    """
    return Answer(200, answering.stock_movements(call.merchant_id, call.query).json_bytes())
