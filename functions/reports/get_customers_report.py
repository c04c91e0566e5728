"""GET /v1/reports/customers"""

from pos.http import Answer, Call, operation
from reports import answering
from reports.models import CustomersQuery, CustomersReport


@operation(permission="reports:read", query=CustomersQuery, answer=CustomersReport)
def handler(call: Call[None, CustomersQuery]) -> Answer:
    """Which customers bought in some business days: new ones, those who came back, and who bought for most. Its work
    grows with the customers, not with what they bought.
    """
    return Answer(200, answering.customers(call.merchant_id, call.query).json_bytes())
