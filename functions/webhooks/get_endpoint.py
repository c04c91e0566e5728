"""GET /v1/webhooks/endpoints/{id}"""

from pos.http import Answer, Call, operation
from webhooks import store
from webhooks.models import Endpoint


@operation(permission="webhooks:read", answer=Endpoint)
def handler(call: Call[None, None]) -> Answer:
    """One endpoint; its secret is not shown again."""
    endpoint = store.get_endpoint(call.merchant_id, call.path["id"])
    return Answer(200, endpoint.json_bytes(), endpoint.version)
