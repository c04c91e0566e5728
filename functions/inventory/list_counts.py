"""GET /v1/inventory/counts"""

from inventory import store
from inventory.models import CountListing, CountSummary
from pos import documents
from pos.http import Answer, Call, listing, operation


@operation(permission="inventory:read", query=CountListing, answer=CountSummary)
def handler(call: Call[None, CountListing]) -> Answer:
    """Counts without their lines, newest first; or those under way, by location."""
    wanted = call.query
    if wanted.status is None:
        page = store.list_documents(call.merchant_id, CountSummary, wanted.limit, wanted.cursor)
    else:
        page = store.list_watched(call.merchant_id, CountSummary, wanted.location_id, wanted.limit, wanted.cursor)
    counts = [documents.read(CountSummary, item).json_bytes() for item in page.items]
    return listing(counts, page.next_cursor)
