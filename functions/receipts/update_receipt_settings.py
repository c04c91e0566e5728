"""PUT /v1/receipt_settings"""

from pos import dynamo
from pos.clock import timestamp
from pos.http import Answer, Call, operation
from receipts import store
from receipts.models import NewReceiptSettings, ReceiptSettings


@operation(permission="receipts:write", body=NewReceiptSettings, answer=ReceiptSettings)
def handler(call: Call[NewReceiptSettings, None]) -> Answer:
    """Say how the merchant's receipts look; what is left out is as it is until a merchant says so."""
    before = dynamo.get(store.settings_ref(call.merchant_id))
    call.expect(before.version)
    first = before.created_at or timestamp(call.now)
    return store.save_settings(call, before.changed(call.now, created_at=first, **call.body.model_dump()))
