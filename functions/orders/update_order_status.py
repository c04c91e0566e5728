"""POST /v1/orders/{id}/status"""

from inventory.models import Cause
from orders import rules, store
from orders.models import Change, Order, StatusChange
from pos import dynamo
from pos.http import Answer, Call, operation
from shifts.store import ShiftClosed

_ATTEMPTS = 8


@operation(permission="orders:write", body=StatusChange, answer=Order)
def handler(call: Call[StatusChange, None]) -> Answer:
    """Move an order on: open, preparing, ready, completed. Completing it puts it on the shop's current business day,
    and into the shift that is open at its register.
    """
    for attempt in range(_ATTEMPTS):
        try:
            return _move(call)
        except ShiftClosed:
            dynamo.pause(attempt)
    raise dynamo.Busy


def _move(call: Call[StatusChange, None]) -> Answer:
    order = store.get_order(call.merchant_id, call.path["id"])
    call.expect(order.version)
    wanted = call.body.status
    rules.check_transition(order.status, wanted)
    moved = order.changed(call.now, **rules.moved(order, wanted, call.now, call.caller.actor))
    events = ("order.status_updated", "order.completed") if wanted == "completed" else ("order.status_updated",)
    cause = Cause(type="sale", id=order.id)
    change = Change(order=moved, events=events, cause=cause)
    return store.save(call, store.book(call, order, change, order.register_id))
