"""POST /v1/orders/{id}/cancel"""

from inventory.models import Cause
from orders import drafts, rules, store
from orders.models import Cancellation, Change, HistoryEntry, Order
from pos.clock import business_date, timestamp
from pos.http import Answer, Call, operation


@operation(permission="orders:write", body=Cancellation, answer=Order)
def handler(call: Call[Cancellation, None]) -> Answer:
    """Cancel an order: its stock returns and its payments are voided. A completed one only on its own business day."""
    order = store.get_order(call.merchant_id, call.path["id"])
    call.expect(order.version)
    rules.check_cancellable(order, business_date(call.now, order.time_zone).isoformat())
    now = timestamp(call.now)
    entry = HistoryEntry(at=now, actor=call.caller.actor, action="cancelled", reason=call.body.reason)
    payments = {payment.id: payment.voided(now) for payment in order.payments if payment.live}
    cancelled = order.changed(
        call.now,
        status="cancelled",
        cancelled_at=now,
        payments=tuple(payments.get(payment.id, payment) for payment in order.payments),
        reserved=0,
        payment_status="refunded" if order.paid else "unpaid",
        history=(*order.history, entry),
    )
    cause = Cause(type="cancel", id=order.id)
    returned = rules.moves_between(order.lines, ())
    change = Change(
        order=cancelled,
        events=("order.cancelled",),
        payments=dict.fromkeys(payments, "payment.voided"),
        cause=cause,
        moves=returned,
    )
    return drafts.save(call, change, name=order.id)
