"""GET /v1/reports/sales"""

from pos.http import Answer, Call, operation
from reports import answering
from reports.models import SalesQuery, SalesReport


@operation(permission="reports:read", query=SalesQuery, answer=SalesReport)
def handler(call: Call[None, SalesQuery]) -> Answer:
    """Sales of some business days by one dimension, read from totals alone: its work does not grow with the sales."""
    return Answer(200, answering.sales(call.merchant_id, call.query).json_bytes())
