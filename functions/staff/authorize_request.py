"""The Lambda authorizer (simple answers, cached by API Gateway by the Authorization header): token in, merchant out."""

from typing import Any

from pos import dynamo
from pos.log import logger
from staff import rules, store

_DENIED: dict[str, Any] = {"isAuthorized": False}


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Answer whether the bearer token is a key of ours and, if so, its merchant, actor and permissions."""
    scheme, _, token = (event.get("headers") or {}).get("authorization", "").partition(" ")
    token = token.strip()
    if scheme.lower() != "bearer" or not rules.is_well_formed(token):
        logger.info("request denied", extra={"reason": "malformed token"})
        return _DENIED
    key = dynamo.get(store.key_ref(rules.key_hash(token)))
    if key is None:
        logger.info("request denied", extra={"reason": "unknown key"})
        return _DENIED
    logger.info("request authorized", extra={"merchant_id": key["merchant_id"], "actor": key["key_id"]})
    context_out = {"merchant_id": key["merchant_id"], "actor": key["key_id"], "permissions": key["permissions"]}
    return {"isAuthorized": True, "context": context_out}
