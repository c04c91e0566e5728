"""Taking a payment for an order, by whoever asks for it: a person here, or the application that the order is from."""

from orders import rules as order_rules
from orders.models import Order, Payment
from payments import qris, rules, settling, store
from payments.models import NewPayment
from payments.providers import offered
from pos import dynamo
from pos.clock import timestamp
from pos.errors import Invalid
from pos.http import Answer, Call
from pos.ids import new_id


def take(call: Call[NewPayment, None]) -> Answer:
    """Take the payment in `call.body` for the order that the path names."""
    return settling.with_current_order(call, lambda order: _take(call, order))


def _take(call: Call[NewPayment, None], order: Order) -> Answer:
    payment = _payment(call, order)
    answer = store.keep(call, order, payment, "payment.created", complete=call.body.complete)
    return answer if payment.asked is None else settling.pursue(call, order, payment) or answer


def _payment(call: Call[NewPayment, None], order: Order) -> Payment:
    new, now = call.body, timestamp(call.now)
    rules.check_offered(order, new)
    if new.provider is not None:
        offered(new.provider)
    if new.complete and order.status != "completed":
        order_rules.check_transition(order.status, "completed")
    tender = order_rules.next_tender(order, new)
    captured = new.capture and new.provider is None
    payment = Payment(
        id=new_id("pay"),
        method=new.method,
        amount=tender.amount,
        tendered=tender.tendered,
        change=tender.change,
        reference=new.reference,
        at=now,
        actor=call.caller.actor,
        register_id=store.till_of(call, order, new.register_id),
        status="captured" if captured else "pending",
        captured_at=now if captured else None,
        provider=new.provider,
        asked=None if new.provider is None else "capture" if new.capture else "authorize",
        completes=new.complete or None,
    )
    if new.method != "qris" or captured:
        return payment
    return payment.model_copy(update={"qr_payload": _qr_payload(call, order, payment)})


def _qr_payload(call: Call[NewPayment, None], order: Order, payment: Payment) -> str:
    """What the customer's phone reads: the merchant's QRIS code with the amount and this payment's reference in it."""
    merchants_own = dynamo.get(store.settings_ref(call.merchant_id)).qris_payload
    if merchants_own is None:
        raise Invalid("qris.not_set_up", "Set the merchant's QRIS code in payment_settings first.", "/method")
    if order.policy.currency != "IDR":
        raise Invalid("qris.currency", f"QRIS pays rupiah, not {order.policy.currency}.", "/method")
    amount = qris.amount_text(payment.amount, order.policy.minor_units)
    return qris.dynamic(merchants_own, amount, order.number, payment.id)
