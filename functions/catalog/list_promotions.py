"""GET /v1/promotions"""

from catalog import store
from catalog.models import Promotion
from pos import dynamo
from pos.http import Answer, Call, listing, operation
from pos.model import Query


@operation(permission="catalog:read", query=Query, answer=Promotion)
def handler(call: Call[None, Query]) -> Answer:
    """All promotions of the merchant, running or not (there are few: one page), oldest first."""
    table = dynamo.get(store.promotions_ref(call.merchant_id))
    return listing([promotion.json_bytes() for promotion in table.promotions], None)
