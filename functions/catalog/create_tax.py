"""POST /v1/taxes"""

from catalog import store
from catalog.models import NewTax, Tax
from pos.documents import stamp
from pos.http import Answer, Call, operation
from pos.ids import new_id


@operation(permission="catalog:write", body=NewTax, answer=Tax, status=201)
def handler(call: Call[NewTax, None]) -> Answer:
    """Add a tax that products and custom lines may name."""
    return store.add_tax(call, Tax(id=new_id("tax"), **call.body.model_dump(), **stamp(call.now)))
