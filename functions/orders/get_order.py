"""GET /v1/orders/{id}"""

from orders import store
from orders.models import Order
from pos.http import Answer, Call, operation


@operation(permission="orders:read", answer=Order)
def handler(call: Call[None, None]) -> Answer:
    """One order as it stands."""
    order = store.get_order(call.merchant_id, call.path["id"])
    return Answer(200, order.json_bytes(), order.version)
