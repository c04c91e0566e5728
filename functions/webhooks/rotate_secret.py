"""POST /v1/webhooks/endpoints/{id}/rotate_secret"""

from dataclasses import replace
from datetime import timedelta

from pos.clock import timestamp
from pos.errors import DomainError
from pos.http import Answer, Call, operation
from webhooks import store
from webhooks.models import Endpoint, SecretRotation
from webhooks.signing import Keys
from webhooks.store import Retired, Target

_MOST_HELD = 3


@operation(permission="webhooks:write", body=SecretRotation, answer=Endpoint)
def handler(call: Call[SecretRotation, None]) -> Answer:
    """Give an endpoint a new secret and key pair; for some hours webhooks are signed with the ones before, too.

    This answer alone shows the secret: a repeat with the same Idempotency-Key has null there.
    """
    target = store.get_target(call.merchant_id, call.path["id"])
    call.expect(target.endpoint.version)
    retired = _retired(call, target)
    keys = Keys.new()
    endpoint = target.endpoint.changed(
        call.now,
        public_key=keys.public_text,
        previous_expires_at=max((one.until for one in retired), default=None),
    )
    rotated = Target(endpoint, keys.seal(call.merchant_id, endpoint.id), retired)
    answer = store.save_endpoint(call, target.endpoint, rotated, "endpoint.updated", action="endpoint.secret_rotated")
    return replace(answer, body=endpoint.model_copy(update={"secret": keys.secret_text}).json_bytes())


def _retired(call: Call[SecretRotation, None], target: Target) -> tuple[Retired, ...]:
    """The keys that go on signing: the current ones and those before, as long as each was told; none at 0 hours.

    Somebody who rotates again because an answer was lost must not stop the signature that the receiver knows.
    """
    if target.secret is None or call.body.overlap_hours == 0:
        return ()
    held = target.held(call.now)
    if len(held) == _MOST_HELD:
        detail = f"{_MOST_HELD} earlier secrets still hold, until {held[0].until} the first; 0 hours ends them now."
        raise DomainError("endpoint.secrets_held", detail)
    until = timestamp(call.now + timedelta(hours=call.body.overlap_hours))
    return (*held, Retired(target.secret, until))
