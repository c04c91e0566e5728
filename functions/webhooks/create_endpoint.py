"""POST /v1/webhooks/endpoints"""

import secrets
from dataclasses import replace

from pos import vault
from pos.documents import stamp
from pos.errors import Invalid
from pos.http import Answer, Call, operation
from pos.ids import new_id
from webhooks import posting, rules, store
from webhooks.models import Endpoint, NewEndpoint

_KEY_BYTES = 32


@operation(permission="webhooks:write", body=NewEndpoint, answer=Endpoint, status=201)
def handler(call: Call[NewEndpoint, None]) -> Answer:
    """Add an endpoint. This answer alone shows its secret: a repeat with the same Idempotency-Key has null there."""
    problem = rules.url_problem(call.body.url, loopback=posting.loopback_allowed())
    if problem is not None:
        raise Invalid("endpoint.url_invalid", f"The URL {problem}.", "/url")
    endpoint = Endpoint(
        id=new_id("whe"),
        url=call.body.url,
        event_types=tuple(dict.fromkeys(call.body.event_types)),
        description=call.body.description,
        enabled=call.body.enabled,
        **stamp(call.now),
    )
    key = secrets.token_bytes(_KEY_BYTES)
    sealed = vault.seal(key, merchant=call.merchant_id, endpoint=endpoint.id)
    answer = store.save_endpoint(call, endpoint, sealed, "endpoint.created", 201)
    shown = endpoint.model_copy(update={"secret": rules.secret_text(key)})
    return replace(answer, body=shown.json_bytes())
