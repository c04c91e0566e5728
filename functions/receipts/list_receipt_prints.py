"""GET /v1/orders/{id}/receipt/prints"""

from orders.store import get_order
from pos import dynamo
from pos.http import Answer, Call, listing, operation
from pos.model import Listing
from receipts import store
from receipts.models import Print


@operation(permission="receipts:read", query=Listing, answer=Print)
def handler(call: Call[None, Listing]) -> Answer:
    """Who printed what of an order, and when: bills, then the cancellation, then the receipt, each oldest first."""
    order = get_order(call.merchant_id, call.path["id"])
    page = store.list_prints(call.merchant_id, order.id, call.query.limit, call.query.cursor)
    return listing([dynamo.unpack(item["doc"]) for item in page.items], page.next_cursor)
