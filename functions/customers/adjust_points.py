"""POST /v1/customers/{id}/points"""

from customers import store
from customers.models import Adjustment, PointsEntry, PointsMove
from pos.http import Answer, Call, operation


@operation(permission="customers:write", body=Adjustment, answer=PointsEntry, status=201)
def handler(call: Call[Adjustment, None]) -> Answer:
    """Give a customer points or take some, for a reason; never more than there are."""
    customer = store.get_customer(call.merchant_id, call.path["id"])
    move = PointsMove(type="adjusted", points=call.body.points, reason=call.body.reason)
    return store.adjust_points(call, customer.id, move)
