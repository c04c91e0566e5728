"""PATCH /v1/staff/{id}"""

from pos.http import Answer, Call, operation
from staff import employing, store
from staff.models import StaffMember, StaffMemberChange
from staff.store import StoredMember


@operation(permission="staff:write", body=StaffMemberChange, answer=StaffMember)
def handler(call: Call[StaffMemberChange, None]) -> Answer:
    """Change a person: name, role, PIN, whether and where they work. Only who may do all that their role may."""
    stored = store.get_member(call.merchant_id, call.path["id"])
    call.expect(stored.member.version)
    employing.check_outranks(call, stored.member.role)
    changes = call.body.model_dump(exclude_unset=True)
    employing.check_place(call, changes.get("role"), changes.get("location_ids"))
    if "location_ids" in changes:
        changes["location_ids"] = tuple(dict.fromkeys(changes["location_ids"]))
    pin = stored.pin
    if "pin" in call.body.model_fields_set:
        pin = None if call.body.pin is None else employing.kept_pin(call.merchant_id, call.body.pin)
    member = stored.member.changed(call.now, **changes, has_pin=pin is not None)
    return store.save_member(call, stored, StoredMember(member, pin), "staff_member.updated")
