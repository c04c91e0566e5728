"""POST /v1/webhooks/endpoints"""

from dataclasses import replace

from pos.documents import stamp
from pos.http import Answer, Call, operation
from pos.ids import new_id
from webhooks import posting, store
from webhooks.models import Endpoint, NewEndpoint
from webhooks.signing import Keys
from webhooks.store import Target


@operation(permission="webhooks:write", body=NewEndpoint, answer=Endpoint, status=201)
def handler(call: Call[NewEndpoint, None]) -> Answer:
    """Add an endpoint. This answer alone shows its secret: a repeat with the same Idempotency-Key has null there."""
    posting.check_url(call.body.url)
    keys = Keys.new()
    endpoint = Endpoint(
        id=new_id("whe"),
        since=str(store.last_position(call.merchant_id)),
        public_key=keys.public_text,
        **call.body.model_dump(),
        **stamp(call.now),
    )
    target = Target(endpoint, keys.seal(call.merchant_id, endpoint.id))
    answer = store.save_endpoint(call, None, target, "endpoint.created")
    return replace(answer, body=endpoint.model_copy(update={"secret": keys.secret_text}).json_bytes())
