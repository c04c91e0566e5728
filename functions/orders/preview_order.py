"""POST /v1/orders/preview"""

from orders import loyalty, rules
from orders.models import Computed, PreviewOrder
from orders.reading import read_for
from pos.clock import timestamp
from pos.http import Answer, Call, operation


@operation(permission="orders:read", body=PreviewOrder, answer=Computed, repeatable=True)
def handler(call: Call[PreviewOrder, None]) -> Answer:
    """Compute an order as it would be made, under the merchant's rules or others; nothing is written."""
    reading = read_for(call, numbered=False)
    loyalty.check_payments(call.body.payments, reading.loyalty)
    policy = rules.policy(reading.merchant, call.body.policy)
    at = timestamp(rules.sold_at(call.body, call.now))
    order_id = call.body.id or "ord_preview"
    figures = rules.compute(
        call.body, reading.sold, reading.taxes, policy, at, order_id, call.caller.actor, reading.running
    )
    return Answer(200, figures.json_bytes())
