"""POST /v1/orders/{id}/payments"""

from orders.models import Order
from payments import taking
from payments.models import NewPayment
from pos.http import Answer, Call, operation


@operation(permission="payments:write", body=NewPayment, answer=Order)
def handler(call: Call[NewPayment, None]) -> Answer:
    """Take a payment, or a part, for an order, also a completed one; the answer is the order.

    Payments of one order at the same moment never pay more than it costs. One through a provider may be answered
    `pending`: nobody knows yet, so check it; its amount stays reserved until then.
    """
    return taking.take(call)
