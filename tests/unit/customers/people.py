"""Customers to try things with."""

from typing import Any

from customers import create_customer
from tests.support.shop import Shop


def new_customer(**fields: Any) -> dict[str, Any]:
    """What creates Siti, with these fields."""
    return {"name": "Siti Rahayu", "phone": "0812-3456-7890", "email": "siti@example.com", **fields}


def add_customer(shop: Shop, **fields: Any) -> Any:
    """A customer of this shop with these fields, as the API answers it."""
    reply = shop.call(create_customer.handler, fields or {"name": "Siti Rahayu"})
    assert reply.status == 201, reply.text
    return reply.json
