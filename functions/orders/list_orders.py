"""GET /v1/orders"""

from orders import store
from orders.models import Order, OrderListing
from pos import dynamo
from pos.errors import Invalid
from pos.http import Answer, Call, operation, paged


@operation(permission="orders:read", query=OrderListing, answer=Order)
def handler(call: Call[None, OrderListing]) -> Answer:
    """Orders by creation, newest first: all, those created in a time, the active ones (not completed or cancelled), or
    those of a customer.
    """
    wanted = call.query
    if wanted.from_ and wanted.to and wanted.from_ > wanted.to:
        raise Invalid("request.invalid", "The time from which is after the time to which.", "?from")
    if wanted.active and wanted.customer_id:
        raise Invalid("request.invalid", "Ask for active orders or for a customer's, not for both.", "?active")
    page = store.list_orders(
        call.merchant_id,
        active=wanted.active,
        customer_id=wanted.customer_id,
        low=wanted.from_,
        high=wanted.to,
        limit=wanted.limit,
        cursor=wanted.cursor,
    )
    return paged(page, (dynamo.unpack(item["doc"]) for item in page.items))
