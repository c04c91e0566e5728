"""GET /v1/payment_settings"""

from payments import store
from payments.models import PaymentSettings
from pos import dynamo
from pos.http import Answer, Call, operation


@operation(permission="payments:read", answer=PaymentSettings)
def handler(call: Call[None, None]) -> Answer:
    """How the merchant is paid: its QRIS code, and whom that pays."""
    settings = dynamo.get(store.settings_ref(call.merchant_id))
    return Answer(200, settings.json_bytes(), settings.version)
