"""POST /v1/staff"""

from pos.documents import stamp
from pos.http import Answer, Call, operation
from pos.ids import new_id
from staff import employing, store
from staff.models import NewStaffMember, StaffMember
from staff.store import StoredMember


@operation(permission="staff:write", body=NewStaffMember, answer=StaffMember, status=201)
def handler(call: Call[NewStaffMember, None]) -> Answer:
    """Employ a person in a role that may do no more than the caller. Their PIN is never shown again."""
    new = call.body
    employing.check_place(call, new.role, new.location_ids)
    member = StaffMember(
        id=new_id("stf"),
        name=new.name,
        role=new.role,
        location_ids=tuple(dict.fromkeys(new.location_ids)),
        active=new.active,
        has_pin=new.pin is not None,
        **stamp(call.now),
    )
    pin = None if new.pin is None else employing.kept_pin(call.merchant_id, new.pin)
    return store.save_member(call, None, StoredMember(member, pin), "staff_member.created", 201)
