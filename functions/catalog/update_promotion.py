"""PATCH /v1/promotions/{id}"""

from catalog import promotions, store
from catalog.models import Promotion, PromotionChange
from pos import dynamo
from pos.http import Answer, Call, operation


@operation(permission="catalog:write", body=PromotionChange, answer=Promotion)
def handler(call: Call[PromotionChange, None]) -> Answer:
    """Change a promotion; what is left out stays. Orders that have it keep it as they first had it."""
    table = dynamo.get(store.promotions_ref(call.merchant_id))
    before = promotions.find(table, call.path["id"])
    call.expect(before.version)
    changes = promotions.changes(call.body)
    promotion = before.changed(call.now, **changes)
    promotions.check(promotion)
    if not changes.keys().isdisjoint({"location_ids", *promotions.KINDS}):
        store.check_named(call.merchant_id, promotion)
    return store.save_promotion(call, promotions.replaced(table, promotion), promotion, "promotion.updated")
