"""POST /v1/categories"""

from catalog import rules, store
from catalog.models import Category, NewCategory
from pos import dynamo
from pos.documents import stamp
from pos.http import Answer, Call, operation
from pos.ids import new_id


@operation(permission="catalog:write", body=NewCategory, answer=Category, status=201)
def handler(call: Call[NewCategory, None]) -> Answer:
    """Add a category, inside of another one or on top."""
    category = Category(id=new_id("cat"), **call.body.model_dump(), **stamp(call.now))
    tree = dynamo.get(store.tree_ref(call.merchant_id))
    return store.add_category(call, category, rules.planted(tree, category))
