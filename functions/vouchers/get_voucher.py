"""GET /v1/vouchers/{code}"""

from pos.http import Answer, Call, operation
from vouchers import store
from vouchers.models import Voucher


@operation(permission="vouchers:read", answer=Voucher)
def handler(call: Call[None, None]) -> Answer:
    """A voucher and its balance, by the code that is printed on it."""
    voucher = store.get_voucher(call.merchant_id, call.path["code"])
    return Answer(200, voucher.json_bytes(), voucher.version)
