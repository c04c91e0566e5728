"""Roles and staff as the tests of them use them."""

from typing import Any

from staff import create_role, create_staff_member
from tests.support.shop import Shop

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
