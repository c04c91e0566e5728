"""POST /v1/orders/{id}/merge"""

from inventory.models import Cause
from orders import loyalty, parting, rules, store
from orders.editing import pointing_into_the_request
from orders.models import Change, HistoryEntry, Merge, Order
from pos.clock import timestamp
from pos.documents import LostRace
from pos.dynamo import Busy
from pos.errors import Invalid
from pos.http import Answer, Call, operation

_ATTEMPTS = 8


@operation(permission="orders:write", body=Merge, answer=Order)
def handler(call: Call[Merge, None]) -> Answer:
    """Take all lines of another open order over, in one transaction; that one is cancelled, and no stock moves."""
    if call.body.from_order_id == call.path["id"]:
        raise Invalid("order.merge_mismatch", "An order is not merged with itself.", "/from_order_id")
    for _ in range(_ATTEMPTS):
        try:
            return _merge(call)
        except LostRace:
            continue
    raise Busy


def _merge(call: Call[Merge, None]) -> Answer:
    into = store.get_order(call.merchant_id, call.path["id"])
    call.expect(into.version)
    other = store.get_order(call.merchant_id, call.body.from_order_id)
    rules.check_open(into)
    rules.check_open(other)
    loyalty.check_customer_may_change(other)
    now, actor = timestamp(call.now), call.caller.actor
    entry = HistoryEntry(at=now, actor=actor, action="merged", order_id=other.id)
    with pointing_into_the_request({"/lines": "/from_order_id"}):
        fields = parting.merged(into, other)
    grown = into.changed(call.now, **fields, history=(*into.history, entry))
    gone = other.changed(
        call.now,
        **parting.emptied(other),
        status="cancelled",
        cancelled_at=now,
        history=(
            *other.history,
            HistoryEntry(at=now, actor=actor, action="cancelled", reason="merged", order_id=into.id),
        ),
    )
    change = Change(
        order=grown,
        events=("order.updated",),
        payments={payment.id: "payment.updated" for payment in parting.moving(other)},
        cause=Cause(type="sale", id=into.id),
    )
    return store.save_both(call, change, gone, "order.cancelled")
