"""Rules of payments, without I/O: what may be done with one, and what a provider's answer makes of it."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from orders.models import Order, Payment, Refund, RefundState
from payments.models import NewPayment, Outcome
from pos.clock import timestamp
from pos.errors import DomainError, Invalid, NotFound

_ON_ITS_WAY = timedelta(minutes=1)
"""So long a request may still reach a provider: functions end within seconds."""


def named(order: Order, payment_id: str) -> Payment:
    """The order's payment of this id; 404 if it has none such."""
    for payment in order.payments:
        if payment.id == payment_id:
            return payment
    raise NotFound("payment", payment_id)


def check_offered(order: Order, offered: NewPayment) -> None:
    """Refuse payments of a cancelled order, and to hold what changes hands at once."""
    if order.status == "cancelled":
        raise DomainError("order.not_payable", "The order is cancelled: it takes no payments.")
    if offered.method not in ("cash", "points", "voucher"):
        return
    for field, given in (("provider", offered.provider is not None), ("capture", not offered.capture)):
        if given:
            raise Invalid("payment.immediate", f"{offered.method.capitalize()} is taken here and at once.", f"/{field}")


def check_voidable(order: Order, payment: Payment, now: datetime) -> None:
    """Refuse to take back what is not there, or was captured on an earlier business day: that is refunded instead."""
    if not payment.live:
        raise DomainError("payment.not_voidable", f"The payment is {payment.status} already.")
    if payment.status == "captured" and order.refunds:
        raise DomainError("payment.not_voidable", "Money of this order went back already: refund the rest.")
    taken = payment.captured_at or payment.at
    if payment.status == "captured" and _day(taken, order) != _day(timestamp(now), order):
        detail = f"The payment was taken on {_day(taken, order)}, and the books of that day may be closed: refund it."
        raise DomainError("payment.not_voidable", detail)


def captured(payment: Payment, reference: str | None, now: datetime) -> Payment:
    """The payment once it is to be taken: by its provider, or because the cashier says that it has arrived. 409
    `payment.not_capturable` unless it is held.
    """
    if payment.status == "authorized" and payment.asked is None:
        return payment.changed(asked="capture")
    if payment.status == "pending" and payment.provider is None:
        return payment.changed(status="captured", captured_at=timestamp(now), reference=reference or payment.reference)
    hint = "its provider has not answered yet: check it" if payment.asked else f"it is {payment.status}"
    raise DomainError("payment.not_capturable", f"The payment cannot be captured, {hint}.")


def answered(payment: Payment, outcome: Outcome, now: datetime) -> Payment:
    """The payment after what its provider says; the same if that leaves what was asked open.

    A payment that was taken back meanwhile stays so, whatever the provider says, until that has voided it too. One that
    the provider has never heard of is given up once no request can be on its way any more, and the provider is told to
    refuse any that comes nevertheless.
    """
    state, asked = outcome.state, payment.asked
    if asked is None or state == "pending":
        return payment
    if asked == "void":
        return payment.changed(asked=None) if state in ("voided", "declined") else payment
    if state == "unknown":
        if now - datetime.fromisoformat(payment.at) < _ON_ITS_WAY:
            return payment
        return payment.changed(status="declined", asked="void", declined_because="it never reached the provider")
    if state in ("declined", "voided"):
        return payment.changed(
            status="declined", asked=None, provider_reference=outcome.reference, declined_because=outcome.because
        )
    if state == "captured":
        return payment.changed(
            status="captured", asked=None, provider_reference=outcome.reference, captured_at=timestamp(now)
        )
    if asked == "authorize":
        return payment.changed(status="authorized", asked=None, provider_reference=outcome.reference)
    return payment


def refund_answered(order: Order, refund_id: str, position: int, outcome: Outcome) -> tuple[Refund, ...]:
    """The order's refunds after what a provider says of one's tender at this position."""
    states: Mapping[str, RefundState] = {"captured": "completed", "declined": "declined"}
    refunds = []
    for refund in order.refunds:
        tenders = list(refund.tenders)
        if refund.id == refund_id and tenders[position].status == "pending":
            state = states.get(outcome.state, "pending")
            tenders[position] = tenders[position].model_copy(update={"status": state})
        refunds.append(refund.model_copy(update={"tenders": tuple(tenders)}))
    return tuple(refunds)


def _day(moment: str, order: Order) -> str:
    return order.business_day(datetime.fromisoformat(moment))
