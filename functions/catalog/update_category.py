"""PATCH /v1/categories/{id}"""

from catalog import rules, store
from catalog.models import Category, CategoryChange
from pos import dynamo
from pos.http import Answer, Call, operation


@operation(permission="catalog:write", body=CategoryChange, answer=Category)
def handler(call: Call[CategoryChange, None]) -> Answer:
    """Rename a category, or move it with all that is inside of it; what is left out stays."""
    before = store.get_category(call.merchant_id, call.path["id"])
    call.expect(before.version)
    category = before.changed(call.now, **{name: getattr(call.body, name) for name in call.body.model_fields_set})
    if category.parent_id == before.parent_id:
        return store.save_category(call, category, before, None)
    tree = dynamo.get(store.tree_ref(call.merchant_id))
    return store.save_category(call, category, before, rules.planted(tree, category))
