"""PATCH /v1/roles/{id}"""

from pos.errors import DomainError, Invalid
from pos.http import Answer, Call, operation
from staff import store
from staff.models import Role, RoleChange
from staff.permissions import beyond


@operation(permission="staff:write", body=RoleChange, answer=Role)
def handler(call: Call[RoleChange, None]) -> Answer:
    """Change a role of the merchant's own; its staff have the new permissions from when they next sign in."""
    role = store.get_role(call.merchant_id, call.path["id"])
    call.expect(role.version)
    if beyond(call.caller.may, role.permissions) is not None:
        raise DomainError("role.beyond_caller", "This role may do more than who changes it.")
    position = beyond(call.caller.may, call.body.permissions)
    if position is not None:
        detail = f"A role may do no more than who makes it, who may not {call.body.permissions[position]}."
        raise Invalid("role.beyond_caller", detail, f"/permissions/{position}")
    changes = call.body.model_dump(exclude_unset=True)
    if "permissions" in changes:
        changes["permissions"] = tuple(dict.fromkeys(changes["permissions"]))
    return store.save_role(call, role, role.changed(call.now, **changes), "role.updated")
