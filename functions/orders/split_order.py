"""POST /v1/orders/{id}/split"""

from datetime import date

from inventory.models import Cause
from orders import loyalty, parting, rules, store
from orders.models import Change, HistoryEntry, Order, Split
from orders.numbering import Counter, NumberTaken
from pos import dynamo
from pos.clock import timestamp
from pos.documents import LostRace, stamp
from pos.dynamo import Busy
from pos.http import Answer, Call, operation
from pos.ids import new_id
from staff.store import register_ref

_ATTEMPTS = 8


@operation(permission="orders:write", body=Split, answer=Order, status=201)
def handler(call: Call[Split, None]) -> Answer:
    """Move lines, or parts of them, to a new open order, in one transaction; the answer is the new one."""
    for _ in range(_ATTEMPTS):
        try:
            return _split(call)
        except (LostRace, NumberTaken):
            continue
    raise Busy


def _split(call: Call[Split, None]) -> Answer:
    order = store.get_order(call.merchant_id, call.path["id"])
    call.expect(order.version)
    rules.check_open(order)
    stays, goes = parting.split(order, call.body.lines)
    new_order_id, now, actor = new_id("ord"), timestamp(call.now), call.caller.actor
    counter, number = _number(call, order, new_order_id)
    left = order.changed(
        call.now,
        **stays,
        history=(*order.history, HistoryEntry(at=now, actor=actor, action="split", order_id=new_order_id)),
    )
    new = order.model_copy(
        update={
            **goes,
            **stamp(call.now),
            "id": new_order_id,
            "number": number,
            "status": "open",
            "payments": (),
            "refunds": (),
            "paid": 0,
            "refunded": 0,
            "change": 0,
            "loyalty": loyalty.of_a_part(order),
            "line_count": len(goes["lines"]),
            "warnings": (),
            "fingerprint": None,
            "history": (HistoryEntry(at=now, actor=actor, action="created", reason="split", order_id=order.id),),
        }
    )
    change = Change(order=new, events=("order.created",), cause=Cause(type="sale", id=new.id))
    return store.save_both(call, change, left, "order.updated", counter)


def _number(call: Call[Split, None], order: Order, new_order_id: str) -> tuple[Counter | None, str]:
    if order.register_id is None:
        return None, new_order_id
    register = register_ref(call.merchant_id, order.register_id)
    last = store.counter_ref(call.merchant_id, order.register_id, date.fromisoformat(order.business_day(call.now)))
    found = dynamo.fetch([register, last])
    return dynamo.resolve(last, found).give(dynamo.resolve(register, found).code)
