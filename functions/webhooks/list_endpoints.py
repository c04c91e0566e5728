"""GET /v1/webhooks/endpoints"""

from pos.http import Answer, Call, listing, operation
from pos.model import Listing
from webhooks import store
from webhooks.models import Endpoint


@operation(permission="webhooks:read", query=Listing, answer=Endpoint)
def handler(call: Call[None, Listing]) -> Answer:
    """The merchant's endpoints, oldest first."""
    endpoints, next_cursor = store.list_endpoints(call.merchant_id, call.query.limit, call.query.cursor)
    return listing([endpoint.json_bytes() for endpoint in endpoints], next_cursor)
