"""PATCH /v1/products/{id}"""

from catalog import rules, store
from catalog.models import Product, ProductChange
from pos.http import Answer, Call, operation


@operation(permission="catalog:write", body=ProductChange, answer=Product)
def handler(call: Call[ProductChange, None]) -> Answer:
    """Change a product; what is left out stays, and `variants` is the whole new list."""
    before = store.get_product(call.merchant_id, call.path["id"])
    call.expect(before.version)
    given = {name: getattr(call.body, name) for name in call.body.model_fields_set}
    if "variants" in given:
        given["variants"] = rules.variants(call.body.variants, before.variants)
    product = before.changed(call.now, **given)
    rules.check_period(product)
    rules.check_modifiers(product.modifier_groups)
    if not given.keys().isdisjoint({"tax_ids", "variants"}):
        store.check_references(call.merchant_id, product)
    return store.save_product(call, product, before, "product.updated", 200)
