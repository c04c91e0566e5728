"""GET /v1/receipt_settings"""

from pos import dynamo
from pos.http import Answer, Call, operation
from receipts import store
from receipts.models import ReceiptSettings


@operation(permission="receipts:read", answer=ReceiptSettings)
def handler(call: Call[None, None]) -> Answer:
    """How the merchant's receipts look."""
    settings = dynamo.get(store.settings_ref(call.merchant_id))
    return Answer(200, settings.json_bytes(), settings.version)
