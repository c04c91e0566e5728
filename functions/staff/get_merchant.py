"""GET /v1/merchant"""

from pos import dynamo
from pos.http import Answer, Call, operation
from staff import store
from staff.models import Merchant


@operation(permission="merchant:read", answer=Merchant)
def handler(call: Call[None, None]) -> Answer:
    """The caller's merchant with its settings."""
    merchant = dynamo.get(store.merchant_ref(call.merchant_id))
    return Answer(200, merchant.json_bytes(), merchant.version)
