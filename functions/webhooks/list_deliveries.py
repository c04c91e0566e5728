"""GET /v1/webhooks/endpoints/{id}/deliveries"""

from pos.http import Answer, Call, listing, operation
from webhooks import rules, store
from webhooks.models import Delivery, DeliveryListing


@operation(permission="webhooks:read", query=DeliveryListing, answer=Delivery)
def handler(call: Call[None, DeliveryListing]) -> Answer:
    """What was and is to be sent to an endpoint, newest event first.

    A page holds those of its `limit` deliveries that are asked for: it may be empty and yet have a next one.
    """
    endpoint = store.get_endpoint(call.merchant_id, call.path["id"])
    page = store.list_deliveries(call.merchant_id, endpoint.id, call.query.limit, call.query.cursor)
    deliveries = map(store.read_delivery, page.items)
    return listing([one.json_bytes() for one in deliveries if _asked_for(call.query, one)], page.next_cursor)


def _asked_for(query: DeliveryListing, delivery: Delivery) -> bool:
    return (
        query.status in (None, delivery.status)
        and rules.wants(query.types, delivery.event_type)
        and (query.since is None or query.since <= delivery.created_at)
        and (query.until is None or delivery.created_at < query.until)
    )
