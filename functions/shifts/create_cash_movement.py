"""POST /v1/shifts/{id}/cash_movements"""

from pos.documents import stamp
from pos.http import Answer, Call, operation
from pos.ids import derived_id, new_id
from shifts import rules, store
from shifts.models import CashMovement, Entry, NewCashMovement
from staff.store import consent

_OPEN_DRAWER = "shifts:open_drawer"


@operation(permission="shifts:write", body=NewCashMovement, answer=CashMovement, status=201, approvable=(_OPEN_DRAWER,))
def handler(call: Call[NewCashMovement, None]) -> Answer:
    """Put cash into the drawer of an open shift, or take some out: never more than should be there
    (409 `shift.cash_insufficient`). Opening it for no sale takes the permission `shifts:open_drawer` or an approval.
    """
    new = call.body
    shift = store.get_shift(call.merchant_id, call.path["id"])
    rules.check_open(shift)
    approval = consent(call, _OPEN_DRAWER, shift.id, 0) if new.type == "no_sale" else None
    movement = CashMovement(
        id=new_id("csh") if approval is None else derived_id("csh", approval.id),  # an approval opens it once
        shift_id=shift.id,
        location_id=shift.location_id,
        register_id=shift.register_id,
        type=new.type,
        amount=new.amount,
        currency=shift.currency,
        reason=new.reason,
        actor=call.caller.actor,
        approved_by=approval.approved_by if approval else None,
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
        approved_by=movement.approved_by,
    )
    return store.add_movement(call, movement, entry, approval.id if approval else None)
