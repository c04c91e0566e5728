"""DELETE /v1/staff/{id}"""

from pos.clock import timestamp
from pos.http import Answer, Call, operation
from staff import employing, store
from staff.models import StaffMember
from staff.store import StoredMember


@operation(permission="staff:write", answer=StaffMember)
def handler(call: Call[None, None]) -> Answer:
    """Dismiss a person: their PIN is forgotten, and a tombstone stays, for what they did still names them."""
    stored = store.get_member(call.merchant_id, call.path["id"])
    call.expect(stored.member.version)
    employing.check_outranks(call, stored.member.role)
    tombstone = stored.member.changed(call.now, active=False, has_pin=False, deleted_at=timestamp(call.now))
    return store.save_member(call, stored, StoredMember(tombstone, None), "staff_member.deleted")
