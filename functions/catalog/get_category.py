"""GET /v1/categories/{id}"""

from catalog import store
from catalog.models import Category
from pos.http import Answer, Call, operation


@operation(permission="catalog:read", answer=Category)
def handler(call: Call[None, None]) -> Answer:
    """One category."""
    category = store.get_category(call.merchant_id, call.path["id"])
    return Answer(200, category.json_bytes(), category.version)
