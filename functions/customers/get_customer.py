"""GET /v1/customers/{id}"""

from customers import store
from customers.models import Customer
from pos.http import Answer, Call, operation


@operation(permission="customers:read", answer=Customer)
def handler(call: Call[None, None]) -> Answer:
    """One customer."""
    customer = store.get_customer(call.merchant_id, call.path["id"])
    return Answer(200, customer.json_bytes(), customer.version)
