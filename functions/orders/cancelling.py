"""Cancelling an order, by whoever asks for it: a person here, or the application that it was placed in."""

from inventory.models import Cause
from orders import consenting, drafts, rules, store
from orders.effects import booked
from orders.models import Cancellation, Change, HistoryEntry
from pos import dynamo
from pos.clock import timestamp
from pos.http import Answer, Call
from shifts.store import ShiftClosed

CANCEL = "orders:cancel"
_ATTEMPTS = 8


def cancel(call: Call[Cancellation, None]) -> Answer:
    """Cancel the order that the path names; 409 if it is too late for that, 403 as `consenting.asked` says."""
    for attempt in range(_ATTEMPTS):
        try:
            return _cancel(call)
        except ShiftClosed:
            dynamo.pause(attempt)
    raise dynamo.Busy


def _cancel(call: Call[Cancellation, None]) -> Answer:
    order = store.get_order(call.merchant_id, call.path["id"])
    call.expect(order.version)
    till = store.read_till(call.merchant_id, order.register_id)
    today = order.business_day(call.now)
    rules.check_cancellable(order, today, till.drawer.shift_id if till else None)
    now = timestamp(call.now)
    approval = consenting.asked(call, CANCEL, order, order.total) if rules.holds_money(order) else None
    entry = HistoryEntry(
        at=now, actor=call.caller.actor, action="cancelled", reason=call.body.reason, **consenting.noted(approval)
    )
    # What was captured and went back stays as it was: both are in the books. Of the rest, nothing is paid or due.
    back = order.refunds != ()
    gone = [one for one in order.payments if one.live and not (back and one.status == "captured")]
    payments = {payment.id: payment.voided(now) for payment in gone}
    cancelled = order.changed(
        call.now,
        status="cancelled",
        cancelled_at=now,
        payments=tuple(payments.get(payment.id, payment) for payment in order.payments),
        paid=0,
        reserved=0,
        change=0,
        amount_due=0,
        cash_due=0,
        payment_status="refunded" if order.paid else "unpaid",
        history=(*order.history, entry),
    )
    cause = Cause(type="cancel", id=order.id, business_date=order.business_date or today)
    returned = rules.moves_between(order.lines, ())
    change = Change(
        order=cancelled,
        events=("order.cancelled",),
        payments=dict.fromkeys(payments, "payment.voided"),
        cause=cause,
        moves=returned,
        audit=(consenting.told(call, "order.cancelled", cancelled, order.total, call.body.reason, approval),),
    )
    change = booked(order, change, till, now, call.caller.actor)
    return drafts.save(call, change, name=order.id)
