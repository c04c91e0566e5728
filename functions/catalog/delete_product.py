"""DELETE /v1/products/{id}"""

from catalog import store
from catalog.models import Product
from pos.clock import timestamp
from pos.http import Answer, Call, operation


@operation(permission="catalog:write", answer=Product)
def handler(call: Call[None, None]) -> Answer:
    """Retire a product: its skus and barcodes are free again, a tombstone stays, and orders keep what they sold."""
    product = store.get_product(call.merchant_id, call.path["id"])
    call.expect(product.version)
    tombstone = product.changed(call.now, deleted_at=timestamp(call.now))
    return store.save_product(call, tombstone, product, "product.deleted", 200)
