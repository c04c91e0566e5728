"""POST /v1/vouchers"""

from typing import Any

from customers.store import buyer_ref
from pos import dynamo
from pos.documents import stamp
from pos.dynamo import Ref
from pos.http import Answer, Call, operation
from pos.ids import new_id
from staff.store import merchant_ref
from vouchers import rules, store
from vouchers.models import NewVoucher, Voucher


@operation(permission="vouchers:write", body=NewVoucher, answer=Voucher, status=201)
def handler(call: Call[NewVoucher, None]) -> Answer:
    """Issue a voucher in the merchant's currency; what it was sold for is for a sale to tell."""
    new = call.body
    rules.check_expiry(new.expires_at, call.now)
    merchant_at = merchant_ref(call.merchant_id)
    refs: list[Ref[Any]] = [merchant_at]
    buyer_at = buyer_ref(call.merchant_id, new.customer_id) if new.customer_id else None
    found = dynamo.fetch([*refs, *([buyer_at] if buyer_at else [])])
    if buyer_at is not None:
        dynamo.resolve(buyer_at, found)
    voucher = Voucher(
        id=new_id("vch"),
        code=new.code or rules.new_code(),
        currency=dynamo.resolve(merchant_at, found).currency,
        amount=new.amount,
        balance=new.amount,
        expires_at=new.expires_at,
        customer_id=new.customer_id,
        note=new.note,
        **stamp(call.now),
    )
    return store.issue(call, voucher)
