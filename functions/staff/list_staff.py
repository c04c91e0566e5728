"""GET /v1/staff"""

from pos.http import Answer, Call, listing, operation
from pos.model import Listing
from staff import store
from staff.models import StaffMember


@operation(permission="staff:read", query=Listing, answer=StaffMember)
def handler(call: Call[None, Listing]) -> Answer:
    """The merchant's staff, oldest first."""
    members, next_cursor = store.list_members(call.merchant_id, call.query.limit, call.query.cursor)
    return listing([member.json_bytes() for member in members], next_cursor)
