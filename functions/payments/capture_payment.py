"""POST /v1/orders/{id}/payments/{payment_id}/capture"""

from orders.models import Order
from payments import rules, settling, store
from payments.models import PaymentCapture
from pos.http import Answer, Call, operation


@operation(permission="payments:write", body=PaymentCapture, answer=Order)
def handler(call: Call[PaymentCapture, None]) -> Answer:
    """Take what is authorised, or confirm that what was waited for has arrived; the answer is the order."""
    return settling.with_current_order(call, lambda order: _capture(call, order))


def _capture(call: Call[PaymentCapture, None], order: Order) -> Answer:
    payment = rules.captured(rules.named(order, call.path["payment_id"]), call.body.reference, call.now)
    complete = payment.status == "captured" and bool(payment.completes)
    answer = store.keep(call, order, payment, "payment.updated", complete=complete)
    return answer if payment.asked is None else settling.pursue(call, order, payment) or answer
