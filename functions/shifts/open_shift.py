"""POST /v1/shifts"""

from pos import dynamo
from pos.documents import stamp
from pos.http import Answer, Call, operation
from pos.ids import new_id
from shifts import rules, store
from shifts.models import NewShift, Shift
from staff.store import location_ref, merchant_ref, register_ref


@operation(permission="shifts:write", body=NewShift, answer=Shift, status=201)
def handler(call: Call[NewShift, None]) -> Answer:
    """Open a shift at a register, with the cash that is in its drawer; one at a time (409 `shift.already_open`)."""
    new = call.body
    merchant_at, register_at = merchant_ref(call.merchant_id), register_ref(call.merchant_id, new.register_id)
    drawer_at = store.drawer_ref(call.merchant_id, new.register_id)
    found = dynamo.fetch([merchant_at, register_at, drawer_at])
    merchant, register = dynamo.resolve(merchant_at, found), dynamo.resolve(register_at, found)
    drawer = dynamo.resolve(drawer_at, found)
    if drawer.shift_id is not None:
        raise store.AlreadyOpen(register.id)
    location = dynamo.get(location_ref(call.merchant_id, register.location_id))
    opening = stamp(call.now)
    shift = Shift(
        id=new_id("shf"),
        location_id=location.id,
        register_id=register.id,
        status="open",
        currency=merchant.currency,
        minor_units=merchant.minor_units,
        time_zone=location.time_zone,
        opened_at=opening["created_at"],
        opened_by=call.caller.actor,
        opening_float=new.opening_float.amount,
        opening_denominations=rules.denominations(new.opening_float),
        opening_difference=rules.opening_difference(drawer.counted, new.opening_float.amount),
        note=new.note,
        **opening,
    )
    return store.open_shift(call, shift, drawer)
