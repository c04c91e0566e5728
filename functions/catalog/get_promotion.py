"""GET /v1/promotions/{id}"""

from catalog import promotions, store
from catalog.models import Promotion
from pos import dynamo
from pos.http import Answer, Call, operation


@operation(permission="catalog:read", answer=Promotion)
def handler(call: Call[None, None]) -> Answer:
    """One promotion."""
    promotion = promotions.find(dynamo.get(store.promotions_ref(call.merchant_id)), call.path["id"])
    return Answer(200, promotion.json_bytes(), promotion.version)
