"""GET /v1/shifts/{id}/entries"""

from pos.http import Answer, Call, listing, operation
from pos.model import Listing
from shifts import store
from shifts.models import Entry


@operation(permission="shifts:report", query=Listing, answer=Entry)
def handler(call: Call[None, Listing]) -> Answer:
    """The ledger of a shift, newest first: what each change of an order, and each cash movement, did to it."""
    shift = store.get_shift(call.merchant_id, call.path["id"])
    page = store.list_entries(call.merchant_id, shift.id, call.query.limit, call.query.cursor)
    return listing([store.read_entry(item).json_bytes() for item in page.items], page.next_cursor)
