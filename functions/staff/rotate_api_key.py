"""POST /v1/api_keys/{id}/rotate"""

from dataclasses import replace

from pos.errors import DomainError
from pos.http import Answer, Call, operation
from staff import rules, store
from staff.models import ApiKey, KeyRotation
from staff.permissions import beyond


@operation(permission="keys:write", body=KeyRotation, answer=ApiKey)
def handler(call: Call[KeyRotation, None]) -> Answer:
    """Give an API key a new secret, while the one before still holds for some hours; one older than that does not.

    Who rotates a key sees its secret, and so must be allowed all that the key is. This answer alone shows it: a repeat
    with the same Idempotency-Key has null there.
    """
    stored = store.get_api_key(call.merchant_id, call.path["id"])
    stored.check_in_use()
    if beyond(call.caller.may, stored.key.permissions) is not None:
        raise DomainError("api_key.beyond_caller", "This key may do more than who rotates it.")
    call.expect(stored.key.version)
    until = rules.overlap_end(call.now, call.body.overlap_hours, stored.key.expires_at)
    key = stored.key.changed(call.now, previous_expires_at=until)
    secret = rules.new_api_key()
    answer = store.rotate_api_key(call, stored, key, rules.key_hash(secret))
    return replace(answer, body=key.model_copy(update={"secret": secret}).json_bytes())
