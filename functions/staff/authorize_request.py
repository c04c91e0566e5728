"""The Lambda authorizer (simple answers, cached by API Gateway by the Authorization header): token in, merchant out.

A token that is nobody's passes without a merchant, for the operation to refuse it (`pos.auth`): API Gateway's own
refusal would be no problem details, and 403 where it should be 401.
"""

from typing import Any

from pos import dynamo
from pos.log import logger
from staff import rules, store

_NOBODY: dict[str, Any] = {"isAuthorized": True, "context": {}}


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Answer whose key the bearer token is: its merchant, actor and permissions, or nobody's."""
    scheme, _, token = (event.get("headers") or {}).get("authorization", "").partition(" ")
    token = token.strip()
    if scheme.lower() != "bearer" or not rules.is_well_formed(token):
        logger.info("nobody's token", extra={"reason": "malformed token"})
        return _NOBODY
    key = dynamo.get(store.key_ref(rules.key_hash(token)))
    if key is None:
        logger.info("nobody's token", extra={"reason": "unknown key"})
        return _NOBODY
    logger.info("request authorized", extra={"merchant_id": key["merchant_id"], "actor": key["key_id"]})
    context_out = {"merchant_id": key["merchant_id"], "actor": key["key_id"], "permissions": key["permissions"]}
    return {"isAuthorized": True, "context": context_out}
