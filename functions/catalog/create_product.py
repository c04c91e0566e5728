"""POST /v1/products"""

from catalog import rules, store
from catalog.models import NewProduct, Product
from pos.documents import stamp
from pos.http import Answer, Call, operation
from pos.ids import new_id


@operation(permission="catalog:write", body=NewProduct, answer=Product, status=201)
def handler(call: Call[NewProduct, None]) -> Answer:
    """Add a product with its variants; skus, barcodes and plus are unique within the merchant."""
    given = {name: getattr(call.body, name) for name in NewProduct.model_fields}
    product = Product(
        **{**given, "variants": rules.variants(call.body.variants, ())}, id=new_id("prd"), **stamp(call.now)
    )
    rules.check_period(product)
    rules.check_modifiers(product.modifier_groups)
    store.check_references(call.merchant_id, product)
    return store.save_product(call, product, None, "product.created", 201)
