"""POST /v1/products"""

from catalog import rules, store
from catalog.models import NewProduct, Product
from pos import dynamo
from pos.documents import stamp
from pos.http import Answer, Call, operation
from pos.ids import new_id


@operation(permission="catalog:write", body=NewProduct, answer=Product, status=201)
def handler(call: Call[NewProduct, None]) -> Answer:
    """Add a product with its variants; skus and barcodes are unique within the merchant."""
    new = call.body
    rules.check_taxes(new.tax_ids, dynamo.get(store.taxes_ref(call.merchant_id)).by_id())
    rules.check_modifiers(new.modifier_groups)
    product = Product(
        id=new_id("prd"),
        name=new.name,
        category_id=new.category_id,
        tax_ids=new.tax_ids,
        variants=rules.variants(new.variants, ()),
        modifier_groups=new.modifier_groups,
        external_ids=new.external_ids,
        **stamp(call.now),
    )
    return store.save_product(call, product, None, "product.created", 201)
