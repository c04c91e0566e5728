"""POST /v1/api_keys"""

from dataclasses import replace

from pos.documents import stamp
from pos.errors import Invalid
from pos.http import Answer, Call, operation
from pos.ids import new_id
from staff import rules, store
from staff.models import ApiKey, NewApiKey
from staff.permissions import beyond


@operation(permission="keys:write", body=NewApiKey, answer=ApiKey, status=201)
def handler(call: Call[NewApiKey, None]) -> Answer:
    """Make an API key that may do no more than its maker. This answer alone shows its secret: a repeat with the same
    Idempotency-Key has null there.
    """
    position = beyond(call.caller.may, call.body.permissions)
    if position is not None:
        detail = f"A key may do no more than who makes it, who may not {call.body.permissions[position]}."
        raise Invalid("api_key.beyond_caller", detail, f"/permissions/{position}")
    if not rules.holds(call.body.expires_at, call.now):
        raise Invalid("api_key.expired", "A key cannot expire before it is made.", "/expires_at")
    key = ApiKey(
        id=new_id("key"),
        name=call.body.name,
        permissions=tuple(dict.fromkeys(call.body.permissions)),
        expires_at=call.body.expires_at,
        **stamp(call.now),
    )
    secret = rules.new_api_key()
    answer = store.add_api_key(call, key, rules.key_hash(secret))
    return replace(answer, body=key.model_copy(update={"secret": secret}).json_bytes())
