"""POST /v1/roles"""

from pos.documents import stamp
from pos.errors import Invalid
from pos.http import Answer, Call, operation
from pos.ids import new_id
from staff import store
from staff.models import NewRole, Role
from staff.permissions import beyond


@operation(permission="staff:write", body=NewRole, answer=Role, status=201)
def handler(call: Call[NewRole, None]) -> Answer:
    """Make a role of permissions, none of which its maker lacks."""
    position = beyond(call.caller.may, call.body.permissions)
    if position is not None:
        detail = f"A role may do no more than who makes it, who may not {call.body.permissions[position]}."
        raise Invalid("role.beyond_caller", detail, f"/permissions/{position}")
    permissions = tuple(dict.fromkeys(call.body.permissions))
    role = Role(id=new_id("rol"), name=call.body.name, permissions=permissions, **stamp(call.now))
    return store.save_role(call, None, role, "role.created", 201)
