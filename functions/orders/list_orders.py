"""GET /v1/orders"""

from orders import store
from orders.models import Order, OrderListing
from pos import dynamo
from pos.errors import Invalid
from pos.http import Answer, Call, operation, paged


@operation(permission="orders:read", query=OrderListing, answer=Order)
def handler(call: Call[None, OrderListing]) -> Answer:
    """Orders by creation, newest first: all, those created in a time, or the active ones (not completed or
    cancelled).
    """
    wanted = call.query
    if wanted.from_ and wanted.to and wanted.from_ > wanted.to:
        raise Invalid("request.invalid", "The time from which is after the time to which.", "?from")
    page = store.list_orders(
        call.merchant_id,
        active=wanted.active,
        low=wanted.from_,
        high=wanted.to,
        limit=wanted.limit,
        cursor=wanted.cursor,
    )
    return paged(page, (dynamo.unpack(item["doc"]) for item in page.items))
