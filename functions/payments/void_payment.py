"""POST /v1/orders/{id}/payments/{payment_id}/void"""

from orders import consenting
from orders.models import HistoryEntry, Order
from payments import rules, settling, store
from payments.models import PaymentVoid
from pos.clock import timestamp
from pos.http import Answer, Call, operation

_VOID = "payments:void"


@operation(permission=_VOID, body=PaymentVoid, answer=Order, approvable=(_VOID,))
def handler(call: Call[PaymentVoid, None]) -> Answer:
    """Take a payment back as if it had not been: any that is reserved, and a captured one on its business day. The
    answer is the order, which is due that much again.
    """
    return settling.with_current_order(call, lambda order: _void(call, order))


def _void(call: Call[PaymentVoid, None], order: Order) -> Answer:
    payment = rules.named(order, call.path["payment_id"])
    rules.check_voidable(order, payment, call.now)
    now = timestamp(call.now)
    reason = call.body.reason
    approval = consenting.asked(call, _VOID, order, payment.amount)
    entry = HistoryEntry(
        at=now, actor=call.caller.actor, action="payment_voided", reason=reason, **consenting.noted(approval)
    )
    noted = order.model_copy(update={"history": (*order.history, entry)})
    voided = payment.voided(now)
    told = consenting.told(call, "payment.voided", noted.changed(call.now), payment.amount, reason, approval)
    answer = store.keep(call, noted, voided, "payment.voided", complete=False, told=(told,))
    return answer if voided.asked is None else settling.pursue(call, order, voided) or answer
