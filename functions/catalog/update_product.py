"""PATCH /v1/products/{id}"""

from typing import Any

from catalog import rules, store
from catalog.models import Product, ProductChange
from pos import dynamo
from pos.http import Answer, Call, operation


@operation(permission="catalog:write", body=ProductChange, answer=Product)
def handler(call: Call[ProductChange, None]) -> Answer:
    """Change a product; what is left out stays, and `variants` is the whole new list."""
    product = store.get_product(call.merchant_id, call.path["id"])
    call.expect(product.version)
    given = call.body.model_fields_set
    changes: dict[str, Any] = {name: getattr(call.body, name) for name in given}
    if "tax_ids" in given:
        rules.check_taxes(call.body.tax_ids, dynamo.get(store.taxes_ref(call.merchant_id)).by_id())
    rules.check_modifiers(call.body.modifier_groups)
    if "variants" in given:
        changes["variants"] = rules.variants(call.body.variants, product.variants)
    return store.save_product(call, product.changed(call.now, **changes), product, "product.updated", 200)
