"""From what a provider is asked to what it answers, so that no failure in between takes money twice or loses it.

What is asked is written on the order first (`Payment.asked`), reserving the amount; then the provider is called; then
its answer is written. A process that ends anywhere in between leaves a payment that `check` settles: the cashier's, or
`settle_payments` within minutes. docs/payments.md goes through every point.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from orders import store as orders
from orders.models import Order, Payment, Refund, RefundTender
from payments import rules, store
from payments.models import Charge, Outcome
from payments.providers import PROVIDERS, Provider, Unanswered
from pos import dynamo
from pos.documents import LostRace
from pos.http import Answer, Call

_ATTEMPTS = 8


def with_current_order(call: Call[Any, Any], act: Callable[[Order], Answer]) -> Answer:
    """Do something to the order that the path names. With `If-Match`, 412 if it is not that version any more; without,
    who was overtaken does it again to what the order became.
    """
    for attempt in range(_ATTEMPTS):
        order = orders.get_order(call.merchant_id, call.path["id"])
        call.expect(order.version)
        try:
            return act(order)
        except LostRace:
            dynamo.pause(attempt)
    raise dynamo.Busy


def pursue(call: Call[Any, Any], order: Order, payment: Payment) -> Answer | None:
    """Ask the provider what this payment says that it is asked, and keep the answer; None if none came."""
    charge = _charge(call, order, payment)
    try:
        outcome = _ask(_provider(payment), charge, payment)
    except Unanswered:
        return None
    return _settled(call, order, payment, outcome)


def check(call: Call[Any, Any], order: Order, payment: Payment) -> Answer | None:
    """Ask the provider what became of a payment, have it finish what was asked, and keep that; None without an
    answer.
    """
    provider, charge = _provider(payment), _charge(call, order, payment)
    try:
        outcome = provider.void(charge) if payment.asked == "void" else provider.check(charge)
        if payment.asked == "capture" and outcome.state == "authorized":
            outcome = provider.capture(charge)
    except Unanswered:
        return None
    return _settled(call, order, payment, outcome)


def pursue_refunds(call: Call[Any, Any], order: Order) -> Answer | None:
    """Have providers give back what an order's refunds say is pending, and keep what they answer; None if none does.

    A provider does it once for each refund, so asking again is how to learn what became of it.
    """
    answer = None
    for refund in order.refunds:
        for position, tender in enumerate(refund.tenders):
            if tender.status == "pending":
                answer = _pursue_refund(call, order, refund, position, tender) or answer
    return answer


def _pursue_refund(
    call: Call[Any, Any], order: Order, refund: Refund, position: int, tender: RefundTender
) -> Answer | None:
    payment = rules.named(order, str(tender.payment_id))
    try:
        outcome = _provider(payment).refund(_charge(call, order, payment), f"{refund.id}.{position}", tender.amount)
    except Unanswered:
        return None
    call = replace(call, if_match=None, idempotency_key=None)
    for attempt in range(_ATTEMPTS):
        current = orders.get_order(call.merchant_id, order.id)
        try:
            refunds = rules.refund_answered(current, refund.id, position, outcome)
            return store.keep_refunds(call, current, refunds, refund.register_id)
        except LostRace:
            dynamo.pause(attempt)
    raise dynamo.Busy


def _ask(provider: Provider, charge: Charge, payment: Payment) -> Outcome:
    if payment.asked == "void":
        return provider.void(charge)
    if payment.status == "authorized":
        return provider.capture(charge)
    return provider.authorize(charge, capture=payment.asked == "capture")


def _settled(call: Call[Any, Any], order: Order, payment: Payment, outcome: Outcome) -> Answer | None:
    """Keep what the provider said. If the payment is to be voided by now, because its order was cancelled or nobody has
    heard of it, that follows at once.
    """
    answer, after = _kept(call, order.id, payment.id, outcome)
    if after.asked == "void" and payment.asked != "void":
        return pursue(call, order, after) or answer
    return answer


def _kept(call: Call[Any, Any], order_id: str, payment_id: str, outcome: Outcome) -> tuple[Answer, Payment]:
    # The request's own key and version went into the transaction that wrote what is asked.
    call = replace(call, if_match=None, idempotency_key=None)
    for attempt in range(_ATTEMPTS):
        order = orders.get_order(call.merchant_id, order_id)
        payment = rules.named(order, payment_id)
        after = rules.answered(payment, outcome, call.now)
        if after == payment:
            return Answer(200, order.json_bytes(), order.version), payment
        complete = after.status == "captured" and bool(after.completes)
        try:
            return store.keep(call, order, after, "payment.updated", complete=complete, late=True), after
        except LostRace:
            dynamo.pause(attempt)
    raise dynamo.Busy


def _provider(payment: Payment) -> Provider:
    return PROVIDERS[str(payment.provider)]


def _charge(call: Call[Any, Any], order: Order, payment: Payment) -> Charge:
    return Charge(call.merchant_id, payment.id, payment.amount, order.policy.currency, payment.reference)
