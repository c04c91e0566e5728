"""GET /v1/vouchers"""

from pos import dynamo
from pos.http import Answer, Call, listing, operation
from vouchers import store
from vouchers.models import Voucher, VoucherListing


@operation(permission="vouchers:read", query=VoucherListing, answer=Voucher)
def handler(call: Call[None, VoucherListing]) -> Answer:
    """The merchant's vouchers, newest first, spent and expired ones too."""
    page = store.list_vouchers(call.merchant_id, call.query.limit, call.query.cursor)
    return listing([dynamo.unpack(item["doc"]) for item in page.items], page.next_cursor)
