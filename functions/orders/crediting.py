"""Vouchers that pay orders or take what goes back, without I/O: what a change of an order moves on their balances.

It follows from the change's events, and is moved in the transaction that keeps it, by `orders.store.save`: whoever
adds, voids or refunds a payment by voucher need not think of it.
"""

from collections.abc import Iterator

from orders.models import Change, Payment
from pos.errors import Invalid
from vouchers.models import EntryType, VoucherMove

_MOST = 5  # of one order: they share a transaction with its stock


def moves(change: Change) -> tuple[VoucherMove, ...]:
    """What this change moves on vouchers. 422 `voucher.too_many` for more than one transaction takes."""
    found = (*_paid(change), *_refunded(change))
    live = [payment for payment in change.order.payments if payment.method == "voucher" and payment.live]
    if found and max(len(found), len(live)) > _MOST:
        raise Invalid("voucher.too_many", f"An order is paid by at most {_MOST} vouchers.", found[-1].pointer or "")
    return found


def _paid(change: Change) -> Iterator[VoucherMove]:
    for position, payment in enumerate(change.order.payments):
        event = change.payments.get(payment.id)
        if payment.method != "voucher" or event is None:
            continue
        pointer = f"/payments/{position}/reference" if change.order.version == 1 else "/reference"
        if event == "payment.created":
            yield _move("redeemed", payment, -payment.amount, change, pointer)
        if event == "payment.voided":
            yield _move("given_back", payment, payment.amount, change)


def _move(type: EntryType, payment: Payment, amount: int, change: Change, pointer: str | None = None) -> VoucherMove:
    code, order_id = str(payment.reference), change.order.id
    return VoucherMove(type=type, code=code, amount=amount, order_id=order_id, pointer=pointer)


def _refunded(change: Change) -> Iterator[VoucherMove]:
    if "order.refunded" not in change.events:
        return
    for tender in change.order.refunds[-1].tenders:
        if tender.method == "voucher":
            yield VoucherMove(
                type="issued" if tender.issued else "refunded",
                code=str(tender.reference),
                amount=tender.amount,
                order_id=change.order.id,
                pointer="/tenders",
            )
