"""GET /v1/inventory/receipts/{id}"""

from inventory import store
from inventory.models import StockReceipt
from pos.http import Answer, Call, operation


@operation(permission="inventory:read", answer=StockReceipt)
def handler(call: Call[None, None]) -> Answer:
    """A delivery that was taken in."""
    receipt = store.get_document(call.merchant_id, StockReceipt, call.path["id"])
    return Answer(200, receipt.json_bytes(), receipt.version)
