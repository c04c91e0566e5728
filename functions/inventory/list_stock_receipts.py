"""GET /v1/inventory/receipts"""

from inventory import store
from inventory.models import StockReceipt
from pos import dynamo
from pos.http import Answer, Call, listing, operation
from pos.model import Listing


@operation(permission="inventory:read", query=Listing, answer=StockReceipt)
def handler(call: Call[None, Listing]) -> Answer:
    """What was delivered, newest first."""
    page = store.list_documents(call.merchant_id, StockReceipt, call.query.limit, call.query.cursor)
    return listing([dynamo.unpack(item["doc"]) for item in page.items], page.next_cursor)
