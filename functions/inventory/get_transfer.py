"""GET /v1/inventory/transfers/{id}"""

from inventory import store
from inventory.models import Transfer
from pos.http import Answer, Call, operation


@operation(permission="inventory:read", answer=Transfer)
def handler(call: Call[None, None]) -> Answer:
    """One transfer."""
    transfer = store.get_document(call.merchant_id, Transfer, call.path["id"])
    return Answer(200, transfer.json_bytes(), transfer.version)
