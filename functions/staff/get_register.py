"""GET /v1/registers/{id}"""

from pos.http import Answer, Call, operation
from staff import store
from staff.models import Register


@operation(permission="merchant:read", answer=Register)
def handler(call: Call[None, None]) -> Answer:
    """One of the merchant's registers."""
    register = store.get_register(call.merchant_id, call.path["id"])
    return Answer(200, register.json_bytes(), register.version)
