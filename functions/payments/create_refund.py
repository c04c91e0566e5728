"""POST /v1/orders/{id}/refunds"""

from inventory.models import Cause
from orders import consenting, drafts, refunding
from orders import store as orders
from orders.models import Change, HistoryEntry, NewRefund, Order
from payments import settling, store
from pos.clock import timestamp
from pos.http import Answer, Call, operation
from pos.ids import new_id

_REFUND = "orders:refund"


@operation(permission=_REFUND, body=NewRefund, answer=Order, approvable=(_REFUND,))
def handler(call: Call[NewRefund, None]) -> Answer:
    """Refund a completed order, by lines or by amount, by its own figures; never more than was paid and did not go
    back. Before an order is completed, what is paid goes back by amount and is due again. The answer is the order.

    Refunds of one order at the same moment never give back more than it was paid. What goes back through a provider
    may be answered `pending`: nobody knows yet, and it counts as given back until the provider declines it.
    """
    return settling.with_current_order(call, lambda order: _refund(call, order))


def _refund(call: Call[NewRefund, None], order: Order) -> Answer:
    refund = refunding.with_codes(
        refunding.refund(
            order,
            call.body,
            refund_id=new_id("rfd"),
            at=timestamp(call.now),
            actor=call.caller.actor,
            register_id=store.till_of(call, order, call.body.register_id),
            business_date=order.business_day(call.now),
        )
    )
    amount = order.refund_due if call.body.declined else refund.total
    approval = consenting.asked(call, _REFUND, order, amount)
    refund = refund.model_copy(update={"approved_by": approval.approved_by if approval else None})
    entry = HistoryEntry(
        at=refund.at, actor=refund.actor, action="refunded", reason=refund.reason, **consenting.noted(approval)
    )
    refunded = order.changed(call.now, **refunding.refunded(order, refund), history=(*order.history, entry))
    change = Change(
        order=refunded,
        events=("order.refunded",),
        cause=Cause(type="refund", id=order.id, business_date=refund.business_date),
        moves=refunding.restocked(order, refund),
        audit=(consenting.told(call, "order.refunded", refunded, amount, refund.reason, approval),),
    )
    change = orders.book(call, order, change, refund.register_id)
    name = f"key#{call.idempotency_key}" if call.idempotency_key else refund.id
    answer = drafts.save(call, change, name=name)
    return settling.pursue_refunds(call, refunded) or answer
