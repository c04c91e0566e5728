"""What of a change of an order somebody has to approve, unless the caller may do it, and what of it is told to the
owner.
"""

from typing import Any

from orders import giving
from orders.giving import Limit
from orders.models import Change, HistoryEntry, Order
from pos import audit, dynamo
from pos.audit import AuditEntry
from pos.clock import timestamp
from pos.http import Call
from staff.models import Approval, Merchant
from staff.store import consent, merchant_ref

_DISCOUNT = "orders:discount"
_OVERRIDE_PRICE = "orders:override_price"
PRICING = (_DISCOUNT, _OVERRIDE_PRICE)
"""What those may need who change what an order sells."""


def asked(call: Call[Any, Any], permission: str, order: Order, amount: int) -> Approval | None:
    """Who approved what this permission is for, on this order and coming to this amount; None if nobody had to.

    403 as `staff.store.consent` says.
    """
    return consent(call, permission, order.id, amount, [entry.approval_id for entry in order.history])


def noted(approval: Approval | None) -> dict[str, str]:
    """The fields of an order's history, and of the audit trail, that tell of an approval."""
    return {} if approval is None else {"approved_by": approval.approved_by, "approval_id": approval.id}


def told(
    call: Call[Any, Any], action: str, order: Order, amount: int, reason: str | None, approval: Approval | None
) -> AuditEntry:
    """What the owner is told of a change of an order; `order` is its new version."""
    return audit.entry(
        call, action, Order.KIND, order.id, order.version, amount=amount, reason=reason, **noted(approval)
    )


def priced(call: Call[Any, Any], before: Order | None, change: Change, merchant: Merchant | None = None) -> Change:
    """The change of what an order sells, with what the owner is told of it and who approved that.

    403 `approval.required` for prices and discounts that the caller may not give. The merchant, who has the limit of
    discounts, is read if it is not at hand and only when more is given by hand.
    """
    after = change.order
    if giving.overrides(before, after):
        change = _given(call, before, change, _OVERRIDE_PRICE, "price_overridden", giving.lowered(after))
    if giving.may_go_above(before, after):
        merchant = merchant or dynamo.get(merchant_ref(call.merchant_id))
        if giving.goes_above(before, after, _limit(merchant)):
            change = _given(call, before, change, _DISCOUNT, "discounted", giving.discounted(after))
    return change


def _given(
    call: Call[Any, Any], before: Order | None, change: Change, permission: str, action: str, amount: int
) -> Change:
    order = change.order
    approval = asked(call, permission, before or order, amount)
    entry = told(call, f"order.{action}", order, amount, None, approval)
    if approval is not None:
        now = timestamp(call.now)
        noted_here = HistoryEntry(at=now, actor=call.caller.actor, action=action, **noted(approval))
        order = order.model_copy(update={"history": (*order.history, noted_here)})
    return change.model_copy(update={"order": order, "audit": (*change.audit, entry)})


def _limit(merchant: Merchant) -> Limit:
    return Limit(merchant.discount_limit_percent, merchant.discount_limit_amount)
