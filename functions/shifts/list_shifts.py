"""GET /v1/shifts"""

from pos.http import Answer, Call, listing, operation
from shifts import store
from shifts.models import Shift, ShiftListing


@operation(permission="shifts:read", query=ShiftListing, answer=Shift)
def handler(call: Call[None, ShiftListing]) -> Answer:
    """Shifts by opening, newest first."""
    query = call.query
    shifts, next_cursor = store.list_shifts(
        call.merchant_id, register_id=query.register_id, only_open=query.open, limit=query.limit, cursor=query.cursor
    )
    return listing([shift.json_bytes() for shift in shifts], next_cursor)
