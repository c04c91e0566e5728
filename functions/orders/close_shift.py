"""POST /v1/shifts/{id}/close: here and not with the other operations of shifts, since it tells of orders left open."""

from orders import store as orders
from pos import dynamo
from pos.clock import timestamp
from pos.documents import LostRace
from pos.http import Answer, Call, operation
from shifts import rules, store
from shifts.models import Closing, OpenTicket, Shift

_ATTEMPTS = 8


@operation(permission="shifts:write", body=Closing, answer=Shift)
def handler(call: Call[Closing, None]) -> Answer:
    """Close a shift by the cash that was counted, with its Z report; for good.

    What the drawer should have held is told only now. Orders that were left open since the shift began are named, and
    hold nothing up. Sales that come in meanwhile are in the report, or in the next shift.
    """
    for attempt in range(_ATTEMPTS):
        try:
            return _close(call)
        except LostRace:
            dynamo.pause(attempt)
    raise dynamo.Busy


def _close(call: Call[Closing, None]) -> Answer:
    ledger = store.read_ledger(call.merchant_id, call.path["id"])
    shift, counted, now = ledger.shift, call.body.counted, timestamp(call.now)
    call.expect(shift.version)
    rules.check_open(shift)
    drawer = dynamo.get(store.drawer_ref(call.merchant_id, shift.register_id))
    number = drawer.z_number + 1
    report = rules.report(shift, ledger.entries, now, z_number=number, counted=counted.amount)
    closed = shift.changed(
        call.now,
        status="closed",
        closed_at=now,
        closed_by=call.caller.actor,
        closing_note=call.body.note,
        counted=counted.amount,
        counted_denominations=rules.denominations(counted),
        expected=report.cash.expected,
        difference=report.cash.difference,
        z_number=number,
        open_orders=_left_open(call, shift),
        report=report,
    )
    return store.close_shift(call, closed, report, drawer)


def _left_open(call: Call[Closing, None], shift: Shift) -> tuple[OpenTicket, ...]:
    return tuple(
        OpenTicket(id=order.id, number=order.number, name=order.name, amount_due=order.amount_due)
        for order in orders.open_orders_since(call.merchant_id, shift.opened_at)
        if order.register_id == shift.register_id
    )
