"""DELETE /v1/webhooks/endpoints/{id}"""

from pos.clock import timestamp
from pos.http import Answer, Call, operation
from webhooks import store
from webhooks.models import Endpoint
from webhooks.store import Target


@operation(permission="webhooks:write", answer=Endpoint)
def handler(call: Call[None, None]) -> Answer:
    """Remove an endpoint: its secret is forgotten, a tombstone stays, and what was still to be delivered is discarded.

    The events themselves stay in the feed.
    """
    endpoint = store.get_endpoint(call.merchant_id, call.path["id"])
    call.expect(endpoint.version)
    tombstone = endpoint.changed(call.now, enabled=False, deleted_at=timestamp(call.now))
    return store.save_endpoint(call, endpoint, Target(tombstone, None), "endpoint.deleted")
