"""The Lambda authorizer (simple answers, cached by API Gateway by the Authorization header): token in, merchant out.

A token that is nobody's passes without a merchant, for the operation to refuse it (`pos.auth`): API Gateway's own
refusal would be no problem details, and 403 where it should be 401.
"""

from typing import Any

from pos import clock, dynamo
from pos.log import logger
from staff import rules, store

_NOBODY: dict[str, Any] = {"isAuthorized": True, "context": {}}


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Answer whose key the bearer token is: its merchant, actor and permissions, or nobody's."""
    scheme, _, token = (event.get("headers") or {}).get("authorization", "").partition(" ")
    token = token.strip()
    if scheme.lower() != "bearer" or not rules.is_well_formed(token):
        return _nobody("malformed token")
    hash = rules.key_hash(token)
    opening = dynamo.get(store.opening_ref(hash))
    if opening is None:
        return _nobody("unknown key")
    now = clock.now()
    if not rules.holds(opening.get("expires_at"), now):
        return _nobody("expired key")
    if rules.use_is_news(opening.get("last_used_at"), now):
        store.note_use(hash, now)
    logger.info("request authorized", extra={"merchant_id": opening["merchant_id"], "actor": opening["actor"]})
    return {"isAuthorized": True, "context": {name: opening[name] for name in ("merchant_id", "actor", "permissions")}}


def _nobody(reason: str) -> dict[str, Any]:
    logger.info("nobody's token", extra={"reason": reason})
    return _NOBODY
