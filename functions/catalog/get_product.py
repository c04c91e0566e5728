"""GET /v1/products/{id}"""

from catalog import store
from catalog.models import Product
from pos.http import Answer, Call, operation


@operation(permission="catalog:read", answer=Product)
def handler(call: Call[None, None]) -> Answer:
    """One product with its variants."""
    product = store.get_product(call.merchant_id, call.path["id"])
    return Answer(200, product.json_bytes(), product.version)
