"""DELETE /v1/promotions/{id}"""

from catalog import promotions, store
from catalog.models import Promotion
from pos import dynamo
from pos.clock import timestamp
from pos.http import Answer, Call, operation


@operation(permission="catalog:write", answer=Promotion)
def handler(call: Call[None, None]) -> Answer:
    """End a promotion for good; orders that have it keep it."""
    table = dynamo.get(store.promotions_ref(call.merchant_id))
    promotion = promotions.find(table, call.path["id"])
    call.expect(promotion.version)
    tombstone = promotion.changed(call.now, deleted_at=timestamp(call.now))
    return store.save_promotion(call, promotions.replaced(table, tombstone), tombstone, "promotion.deleted")
