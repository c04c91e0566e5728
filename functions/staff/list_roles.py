"""GET /v1/roles"""

from pos.documents import Stamp
from pos.http import Answer, Call, listing, operation
from pos.model import Listing
from staff import store
from staff.models import Role
from staff.permissions import ROLES

_EVER: Stamp = {"version": 1, "created_at": "2026-11-24T00:00:00.000Z", "updated_at": "2026-11-24T00:00:00.000Z"}


@operation(permission="staff:read", query=Listing, answer=Role)
def handler(call: Call[None, Listing]) -> Answer:
    """The roles that every merchant has, at the head of the first page and beside its limit, and then its own."""
    roles, next_cursor = store.list_roles(call.merchant_id, call.query.limit, call.query.cursor)
    if call.query.cursor is None:
        given = [Role(id=id, name=id.title(), permissions=permissions, **_EVER) for id, permissions in ROLES.items()]
        roles = [*given, *roles]
    return listing([role.json_bytes() for role in roles], next_cursor)
