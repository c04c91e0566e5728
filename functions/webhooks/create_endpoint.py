"""POST /v1/webhooks/endpoints"""

import secrets
from dataclasses import replace

from pos import vault
from pos.documents import stamp
from pos.http import Answer, Call, operation
from pos.ids import new_id
from webhooks import posting, rules, store
from webhooks.models import Endpoint, NewEndpoint

_KEY_BYTES = 32


@operation(permission="webhooks:write", body=NewEndpoint, answer=Endpoint, status=201)
def handler(call: Call[NewEndpoint, None]) -> Answer:
    """Add an endpoint. This answer alone shows its secret: a repeat with the same Idempotency-Key has null there."""
    posting.check_url(call.body.url)
    endpoint = Endpoint(
        id=new_id("whe"),
        since=str(store.last_position(call.merchant_id)),
        **call.body.model_dump(),
        **stamp(call.now),
    )
    key = secrets.token_bytes(_KEY_BYTES)
    sealed = vault.seal(key, merchant=call.merchant_id, endpoint=endpoint.id)
    answer = store.save_endpoint(call, endpoint, sealed, "endpoint.created", 201)
    shown = endpoint.model_copy(update={"secret": rules.secret_text(key)})
    return replace(answer, body=shown.json_bytes())
