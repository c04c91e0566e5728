"""DELETE /v1/roles/{id}"""

from pos.clock import timestamp
from pos.errors import DomainError
from pos.http import Answer, Call, operation
from staff import store
from staff.models import Role


@operation(permission="staff:write", answer=Role)
def handler(call: Call[None, None]) -> Answer:
    """Remove a role of the merchant's own that nobody has; a tombstone stays. Who is given it at that very moment can
    do nothing.
    """
    role = store.get_role(call.merchant_id, call.path["id"])
    call.expect(role.version)
    if store.has_role(call.merchant_id, role.id):
        raise DomainError("role.in_use", "There are staff with this role; give them another one first.")
    return store.save_role(call, role, role.changed(call.now, deleted_at=timestamp(call.now)), "role.deleted")
