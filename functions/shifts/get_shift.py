"""GET /v1/shifts/{id}"""

from pos.http import Answer, Call, operation
from shifts import store
from shifts.models import Shift


@operation(permission="shifts:read", answer=Shift)
def handler(call: Call[None, None]) -> Answer:
    """A shift; once it is closed, with its Z report."""
    shift = store.get_shift(call.merchant_id, call.path["id"])
    return Answer(200, shift.json_bytes(), shift.version)
