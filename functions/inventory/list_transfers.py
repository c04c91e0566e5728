"""GET /v1/inventory/transfers"""

from inventory import store
from inventory.models import Transfer, TransferListing
from pos import dynamo
from pos.http import Answer, Call, listing, operation


@operation(permission="inventory:read", query=TransferListing, answer=Transfer)
def handler(call: Call[None, TransferListing]) -> Answer:
    """Transfers, newest first; or what is in transit, by destination."""
    wanted = call.query
    if wanted.status is None:
        page = store.list_documents(call.merchant_id, Transfer, wanted.limit, wanted.cursor)
    else:
        page = store.list_watched(call.merchant_id, Transfer, wanted.to_location_id, wanted.limit, wanted.cursor)
    return listing([dynamo.unpack(item["doc"]) for item in page.items], page.next_cursor)
