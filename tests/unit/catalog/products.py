"""Products to try things with."""

from typing import Any

from catalog import create_product, create_tax
from tests.support.shop import Shop


def new_product(**fields: Any) -> dict[str, Any]:
    """A valid body for POST /v1/products."""
    return {"name": "Kopi", "variants": [{"sku": "KOPI", "barcode": "8991", "price": 15000}], **fields}


def add_product(shop: Shop, **fields: Any) -> Any:
    """A product of this shop, as the API answers it."""
    reply = shop.call(create_product.handler, new_product(**fields))
    assert reply.status == 201, reply.text
    return reply.json


def add_tax(shop: Shop, **fields: Any) -> Any:
    """A tax of this shop, as the API answers it."""
    reply = shop.call(create_tax.handler, {"name": "PPN", "rate": "11", **fields})
    assert reply.status == 201, reply.text
    return reply.json
