"""GET /v1/taxes"""

from catalog import store
from catalog.models import Tax
from pos import dynamo
from pos.http import Answer, Call, listing, operation
from pos.model import Query


@operation(permission="catalog:read", query=Query, answer=Tax)
def handler(call: Call[None, Query]) -> Answer:
    """All taxes of the merchant (there are few: one page), oldest first."""
    table = dynamo.get(store.taxes_ref(call.merchant_id))
    return listing([tax.json_bytes() for tax in table.taxes], None)
