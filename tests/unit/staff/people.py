"""Roles and staff as the tests of them use them."""

from typing import Any

from staff import create_pairing_code, create_role, create_session, create_staff_member, pair_register
from tests.support.shop import Reply, Shop, request_event, send

PIN = "274913"


def make_role(shop: Shop, *permissions: str) -> Any:
    """A new role of the shop's own."""
    reply = shop.call(create_role.handler, {"name": "Stock keeper", "permissions": permissions or ["inventory:*"]})
    assert reply.status == 201, reply.text
    return reply.json


def employ(shop: Shop, **fields: Any) -> Any:
    """A new person, a cashier without a PIN unless it is said otherwise."""
    reply = shop.call(create_staff_member.handler, {"name": "Sari", "role": "cashier", **fields})
    assert reply.status == 201, reply.text
    return reply.json


def pair_by(code: str) -> Reply:
    """What a device is answered that was told this code."""
    event = request_event("", body={"code": code})
    del event["requestContext"]["authorizer"]
    return send(pair_register.handler, event)


def pair(shop: Shop) -> Any:
    """A device that is paired with the shop's register."""
    code = shop.call(create_pairing_code.handler, id=shop.register_id).json["code"]
    reply = pair_by(code)
    assert reply.status == 201, reply.text
    return reply.json


def sign_in(shop: Shop, staff_id: str, pin: str = PIN, register_id: str | None = None) -> Reply:
    """What a device at the shop's register is answered when somebody signs in."""
    event = request_event(shop.merchant_id, body={"staff_id": staff_id, "pin": pin}, permissions="sessions:write")
    event["requestContext"]["authorizer"]["lambda"]["register_id"] = register_id or shop.register_id
    return send(create_session.handler, event)
