"""POST /v1/registers/pair"""

from typing import Any

from pydantic import ValidationError

from pos import clock, dynamo
from pos.auth import Caller
from pos.errors import DomainError
from pos.http import Call, problem
from pos.ids import new_id
from pos.log import logger
from staff import rules, store
from staff.models import NewPairing, Pairing


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Pair a device with the register that its one-time code was made for. It needs no key, since the code is one: of
    60 bits, for ten minutes. Answers the device's key, and lets the register's device before have none.
    """
    request_id = event["requestContext"]["requestId"]
    try:
        paired = _pair(event, request_id)
    except DomainError as refused:
        logger.info("pairing refused", extra={"code": refused.code, "request_id": request_id})
        return problem(refused, request_id)
    except dynamo.ConditionFailed:
        return problem(dynamo.Busy(), request_id)
    logger.info("register paired", extra={"merchant_id": paired.merchant_id, "register_id": paired.register_id})
    headers = {"content-type": "application/json", "cache-control": "no-store", "x-request-id": request_id}
    return {"statusCode": 201, "headers": headers, "body": paired.model_dump_json()}


def _pair(event: dict[str, Any], request_id: str) -> Pairing:
    try:
        code = NewPairing.model_validate_json(event.get("body") or "").code
    except ValidationError:
        detail = "The body takes the code that was made for the register, as JSON."
        raise DomainError("request.invalid", detail, status=422, pointer="/code") from None
    hash = rules.code_hash(code)
    found = dynamo.get(store.code_ref(hash))
    now = clock.now()
    if found is None or not rules.holds(found.expires_at, now):
        detail = "This code does not hold, or no longer."
        raise DomainError("pairing.refused", detail, status=422, pointer="/code")
    caller = Caller(found.merchant_id, found.actor, frozenset())
    call: Call[None, None] = Call("pair_register", caller, None, None, {}, None, None, request_id, now)
    register = store.get_register(found.merchant_id, found.register_id)
    device_key = rules.new_device_key()
    store.pair_register(call, register.changed(now), hash, new_id("dev"), rules.key_hash(device_key))
    return Pairing(
        merchant_id=found.merchant_id,
        register_id=register.id,
        location_id=register.location_id,
        name=register.name,
        device_key=device_key,
    )
