"""POST /v1/promotions"""

from catalog import promotions, store
from catalog.models import NewPromotion, Promotion
from pos import dynamo
from pos.documents import stamp
from pos.http import Answer, Call, operation
from pos.ids import new_id


@operation(permission="catalog:write", body=NewPromotion, answer=Promotion, status=201)
def handler(call: Call[NewPromotion, None]) -> Answer:
    """Add a discount that orders get by themselves while it runs."""
    promotion = Promotion(id=new_id("prm"), **dict(call.body), **stamp(call.now))
    promotions.check(promotion)
    store.check_named(call.merchant_id, promotion)
    table = dynamo.get(store.promotions_ref(call.merchant_id))
    return store.save_promotion(call, promotions.added(table, promotion), promotion, "promotion.created", 201)
