"""POST /v1/orders/{id}/payments/{payment_id}/check"""

from orders import store as orders
from orders.models import Order
from payments import rules, settling
from pos.http import Answer, Call, operation


@operation(permission="payments:write", answer=Order, repeatable=True)
def handler(call: Call[None, None]) -> Answer:
    """Ask the provider what became of a payment, or of what goes back into it; the answer is the order. It may be asked
    again and again.
    """
    order = orders.get_order(call.merchant_id, call.path["id"])
    payment = rules.named(order, call.path["payment_id"])
    settled = settling.pursue_refunds(call, order) if payment.asked is None else settling.check(call, order, payment)
    return settled or Answer(200, order.json_bytes(), order.version)
