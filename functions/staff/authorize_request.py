"""The Lambda authorizer (simple answers, cached by API Gateway by the Authorization header): token in, merchant out.

A token that is nobody's passes without a merchant, for the operation to refuse it (`pos.auth`): API Gateway's own
refusal would be no problem details, and 403 where it should be 401.
"""

from typing import Any

from pos import clock, dynamo, log
from staff import rules, sessions, store, vault

_NOBODY: dict[str, Any] = {"isAuthorized": True, "context": {}}
_TOLD = ("merchant_id", "actor", "permissions", "register_id")


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Answer whose the bearer token is, an application's key, a device's or a person's session: its merchant, actor and
    permissions, and the register of the latter two; or nobody's.
    """
    scheme, _, token = (event.get("headers") or {}).get("authorization", "").partition(" ")
    token = token.strip()
    log.note(request_id=event["requestContext"]["requestId"])
    if scheme.lower() != "bearer":
        return _nobody("no bearer token")
    if sessions.is_session(token):
        return _by_session(token)
    if rules.is_well_formed(token):
        return _by_key(token)
    return _nobody("malformed token")


def _by_key(token: str) -> dict[str, Any]:
    hash = rules.key_hash(token)
    opening = dynamo.get(store.opening_ref(hash))
    if opening is None:
        return _nobody("unknown key")
    now = clock.now()
    if not rules.holds(opening.get("expires_at"), now):
        return _nobody("expired key")
    if rules.use_is_news(opening.get("last_used_at"), now):
        store.note_use(hash, now)
    return _somebody({name: opening[name] for name in _TOLD if name in opening})


def _by_session(token: str) -> dict[str, Any]:
    claims = sessions.read_unverified(token)
    if claims is None:
        return _nobody("malformed session")
    try:
        secret = vault.secret_of(claims.merchant_id)
    except LookupError:
        return _nobody("session of no merchant")
    if not sessions.holds(token, secret, claims, clock.now()):
        return _nobody("session that does not hold")
    return _somebody({name: getattr(claims, name) for name in _TOLD})


def _somebody(told: dict[str, str]) -> dict[str, Any]:
    log.summary("request authorized", merchant_id=told["merchant_id"], actor=told["actor"])
    return {"isAuthorized": True, "context": told}


def _nobody(reason: str) -> dict[str, Any]:
    log.summary("nobody's token", reason=reason)
    return _NOBODY
