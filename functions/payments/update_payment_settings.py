"""PUT /v1/payment_settings"""

from payments import qris, store
from payments.models import NewPaymentSettings, PaymentSettings, QrisMerchant
from pos import dynamo
from pos.clock import timestamp
from pos.errors import Invalid
from pos.http import Answer, Call, operation


@operation(permission="payments:manage", body=NewPaymentSettings, answer=PaymentSettings)
def handler(call: Call[NewPaymentSettings, None]) -> Answer:
    """Set how the merchant is paid. The QRIS code is the one that the shop got from its bank; each sale's is made of
    it.
    """
    before = dynamo.get(store.settings_ref(call.merchant_id))
    call.expect(before.version)
    settings = before.changed(
        call.now,
        qris_payload=call.body.qris_payload,
        qris=None if call.body.qris_payload is None else _merchant(call.body.qris_payload),
        created_at=before.created_at or timestamp(call.now),
    )
    return store.save_settings(call, before, settings)


def _merchant(payload: str) -> QrisMerchant:
    try:
        return qris.merchant(payload)
    except qris.NotQris as reason:
        detail = f"This is not the text of a QRIS code: {reason}."
        raise Invalid("qris.payload_invalid", detail, "/qris_payload") from reason
