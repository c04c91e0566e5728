"""GET /v1/locations/{id}"""

from pos.http import Answer, Call, operation
from staff import store
from staff.models import Location


@operation(permission="merchant:read", answer=Location)
def handler(call: Call[None, None]) -> Answer:
    """One of the merchant's locations."""
    location = store.get_location(call.merchant_id, call.path["id"])
    return Answer(200, location.json_bytes(), location.version)
