"""The payments table. Payments themselves are on their orders (`orders.models.Payment`).

settings    pk <merchant>              sk settings     how the merchant is paid
simulated   pk <merchant>#<payment>    sk simulated    what the simulated provider knows of a payment
"""

from typing import Any

from inventory.models import Cause
from orders import rules as order_rules
from orders import store as orders
from orders.models import Change, Order, Payment, PaymentEvent, Refund
from payments.models import PaymentSettings
from pos import audit, documents, dynamo
from pos.audit import AuditEntry
from pos.dynamo import Item, Ref
from pos.errors import Invalid
from pos.http import Answer, Call
from staff.store import register_ref

TABLE = "payments"


def settings_ref(merchant_id: str) -> Ref[PaymentSettings]:
    """How the merchant is paid."""
    return Ref(TABLE, _settings_key(merchant_id), _read_settings)


def save_settings(call: Call[Any, Any], before: PaymentSettings, settings: PaymentSettings) -> Answer:
    """Keep how the merchant is paid."""
    event = "payment_settings.updated"
    told = audit.change(call, event, before, settings)
    return documents.save(call, TABLE, _settings_key(call.merchant_id), settings, [event], extra=[told])


def till_of(call: Call[Any, Any], order: Order, register_id: str | None) -> str | None:
    """The till that money goes into or out of: the one that the request names, at the order's place, or the order's
    own.
    """
    if register_id is None:
        return order.register_id
    register = dynamo.get(register_ref(call.merchant_id, register_id))
    if register.location_id != order.location_id:
        detail = f"The register {register.id} is not at the location {order.location_id}."
        raise Invalid("register.elsewhere", detail, "/register_id")
    return register.id


def keep(
    call: Call[Any, Any],
    order: Order,
    payment: Payment,
    event: PaymentEvent,
    *,
    complete: bool,
    late: bool = False,
    told: tuple[AuditEntry, ...] = (),
) -> Answer:
    """Keep an order with this payment, which is new or a new version, and what follows: what is due, the shift's entry,
    the customer's points, the events; with `complete` the order is completed if this pays it whole. `late` is what a
    provider did already, with a shift or without one.

    Raises `LostRace` when the order, or the shift, became another at this moment.
    """
    change = _change(call, order, payment, event, complete=complete).model_copy(update={"audit": told})
    return orders.save(call, orders.book(call, order, change, payment.register_id, late=late))


def keep_refunds(call: Call[Any, Any], order: Order, refunds: tuple[Refund, ...], register_id: str | None) -> Answer:
    """Keep what a provider said of an order's refunds, of one that went out at this register. Raises `LostRace` as
    `keep` does.
    """
    if refunds == order.refunds:
        return Answer(200, order.json_bytes(), order.version)
    changed = order.changed(call.now, **order_rules.with_refunds(order, refunds))
    change = Change(order=changed, events=("order.updated",), cause=Cause(type="refund", id=order.id))
    return orders.save(call, orders.book(call, order, change, register_id, late=True))


def _change(call: Call[Any, Any], order: Order, payment: Payment, event: PaymentEvent, *, complete: bool) -> Change:
    others = {one.id: one for one in order.payments}
    payments = tuple((others | {payment.id: payment}).values())
    # What a cancelled order came to stays as it was; its payments only tell that they were taken back.
    figures = {}
    if order.status != "cancelled":
        figures = order_rules.settled_anew(payments, order.total, order.policy, order.refunds)
    changed = order.changed(call.now, payments=payments, **figures)
    events: tuple[str, ...] = ("order.updated",)
    if complete and changed.amount_due == 0 and "completed" in order_rules.NEXT[order.status]:
        changed = changed.model_copy(update=order_rules.moved(changed, "completed", call.now, call.caller.actor))
        events = ("order.status_updated", "order.completed")
    return Change(order=changed, events=events, payments={payment.id: event}, cause=Cause(type="sale", id=order.id))


def charge_ref(merchant_id: str, payment_id: str) -> Ref[Item | None]:
    """What the simulated provider knows of a payment."""
    return Ref(TABLE, _charge_key(merchant_id, payment_id), lambda item: item)


def save_charge(merchant_id: str, payment_id: str, attributes: Item, version: int) -> None:
    """Keep what the simulated provider knows of a payment, the version after this one; raises `ConditionFailed` if it
    knows another by now.
    """
    pk, sk = _charge_key(merchant_id, payment_id)
    item = {**attributes, "pk": pk, "sk": sk, "version": version + 1}
    dynamo.transact([dynamo.put(TABLE, item, version=version)])


def _settings_key(merchant_id: str) -> tuple[str, str]:
    return merchant_id, "settings"


def _charge_key(merchant_id: str, payment_id: str) -> tuple[str, str]:
    return f"{merchant_id}#{payment_id}", "simulated"


def _read_settings(item: Item | None) -> PaymentSettings:
    if item is None:
        return PaymentSettings(id="payment_settings", version=0, created_at="", updated_at="")
    return documents.read(PaymentSettings, item)
