"""GET /v1/vouchers/{code}/entries"""

from pos import dynamo
from pos.http import Answer, Call, listing, operation
from vouchers import store
from vouchers.models import VoucherEntry, VoucherListing


@operation(permission="vouchers:read", query=VoucherListing, answer=VoucherEntry, beside={"balance": int})
def handler(call: Call[None, VoucherListing]) -> Answer:
    """What changed a voucher's balance, newest first."""
    voucher = store.get_voucher(call.merchant_id, call.path["code"])
    page = store.list_entries(call.merchant_id, voucher.code, call.query.limit, call.query.cursor)
    return listing([dynamo.unpack(item["doc"]) for item in page.items], page.next_cursor, balance=voucher.balance)
