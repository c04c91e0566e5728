"""DELETE /v1/categories/{id}"""

from catalog import rules, store
from catalog.models import Category
from pos import dynamo
from pos.clock import timestamp
from pos.http import Answer, Call, operation


@operation(permission="catalog:write", answer=Category)
def handler(call: Call[None, None]) -> Answer:
    """Retire a category that has no categories and no products in it; a tombstone stays."""
    category = store.get_category(call.merchant_id, call.path["id"])
    call.expect(category.version)
    tombstone = category.changed(call.now, deleted_at=timestamp(call.now))
    tree = dynamo.get(store.tree_ref(call.merchant_id))
    return store.delete_category(call, tombstone, rules.pruned(tree, category.id))
