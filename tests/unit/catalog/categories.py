"""Categories to try things with."""

from typing import Any

from catalog import create_category
from tests.support.shop import Shop


def add_category(shop: Shop, name: str = "Minuman", parent: Any = None) -> Any:
    """A category of this shop, inside of `parent`, as the API answers it."""
    reply = shop.call(create_category.handler, {"name": name, "parent_id": parent and parent["id"]})
    assert reply.status == 201, reply.text
    return reply.json


def add_chain(shop: Shop, length: int) -> list[Any]:
    """Categories that are inside of each other, from the top."""
    chain: list[Any] = []
    while len(chain) < length:
        chain.append(add_category(shop, f"Level {len(chain)}", chain[-1] if chain else None))
    return chain
