"""DELETE /v1/api_keys/{id}"""

from pos.clock import timestamp
from pos.errors import DomainError
from pos.http import Answer, Call, operation
from staff import store
from staff.models import ApiKey


@operation(permission="keys:write", answer=ApiKey)
def handler(call: Call[None, None]) -> Answer:
    """Revoke an API key: it is refused from then on, within the 60 seconds for which API Gateway remembers who calls.

    No key revokes itself, so that a merchant is never left without any.
    """
    stored = store.get_api_key(call.merchant_id, call.path["id"])
    stored.check_in_use()
    if stored.key.id == call.caller.actor:
        raise DomainError("api_key.own", "A key does not revoke itself; rotate it, or use another one.")
    call.expect(stored.key.version)
    return store.revoke_api_key(call, stored, stored.key.changed(call.now, revoked_at=timestamp(call.now)))
