"""POST /v1/shifts/{id}/cash_movements"""

from pos.documents import stamp
from pos.http import Answer, Call, operation
from pos.ids import new_id
from shifts import rules, store
from shifts.models import CashMovement, Entry, NewCashMovement


@operation(permission="shifts:write", body=NewCashMovement, answer=CashMovement, status=201)
def handler(call: Call[NewCashMovement, None]) -> Answer:
    """Put cash into the drawer of an open shift, or take some out: never more than should be there
    (409 `shift.cash_insufficient`).
    """
    new = call.body
    shift = store.get_shift(call.merchant_id, call.path["id"])
    rules.check_open(shift)
    movement = CashMovement(
        id=new_id("csh"),
        shift_id=shift.id,
        location_id=shift.location_id,
        register_id=shift.register_id,
        type=new.type,
        amount=new.amount,
        currency=shift.currency,
        reason=new.reason,
        actor=call.caller.actor,
        **stamp(call.now),
    )
    entry = Entry(
        id=movement.id,
        shift_id=shift.id,
        type=new.type,
        at=movement.created_at,
        actor=movement.actor,
        cash=rules.signed(new.type, new.amount),
        reason=new.reason,
    )
    return store.add_movement(call, movement, entry)
