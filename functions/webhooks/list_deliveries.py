"""GET /v1/webhooks/endpoints/{id}/deliveries"""

from pos.http import Answer, Call, listing, operation
from webhooks import store
from webhooks.models import Delivery, DeliveryListing


@operation(permission="webhooks:read", query=DeliveryListing, answer=Delivery)
def handler(call: Call[None, DeliveryListing]) -> Answer:
    """What was and is to be sent to an endpoint, newest event first.

    With `status`, a page holds those of its `limit` deliveries that have it: it may be empty and yet have a next one.
    """
    endpoint = store.get_endpoint(call.merchant_id, call.path["id"])
    page = store.list_deliveries(call.merchant_id, endpoint.id, call.query.limit, call.query.cursor)
    deliveries = map(store.read_delivery, page.items)
    wanted = [one.json_bytes() for one in deliveries if call.query.status in (None, one.status)]
    return listing(wanted, page.next_cursor)
