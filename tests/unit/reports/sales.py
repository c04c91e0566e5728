"""Sales as the orders service makes them, put on the feed; and their plain sums, which other code than ours adds up."""

import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any
from unittest import mock
from zoneinfo import ZoneInfo

import botocore.client
from hypothesis import strategies as st

from catalog.models import Sellable, Tax
from inventory.models import Cause, Movement, SoldShare
from orders import refunding, selling
from orders import rules as orders
from orders import store as orders_store
from orders.models import (
    HistoryEntry,
    NewOrder,
    NewRefund,
    Order,
    OrderDiscount,
    Payment,
    PaymentEvent,
    PaymentInput,
    Policy,
    Refund,
    RefundLineInput,
    RefundTender,
)
from payments import rules as payments
from pos import dynamo, outbox
from pos.clock import business_date, timestamp
from pos.errors import DomainError
from pos.ids import new_id
from reports import project_totals
from webhooks import store as feed

TIME_ZONE = "Asia/Jakarta"
OPENING = datetime(2026, 11, 24, 1, tzinfo=UTC)
LOCATIONS = ("loc_main", "loc_kiosk")

_STAMP: dict[str, Any] = {"version": 1, "created_at": timestamp(OPENING), "updated_at": timestamp(OPENING)}
_TAXES = {
    tax.id: tax
    for tax in (
        Tax(id="tax_ppn", name="PPN", rate=Decimal(11), included=True, **_STAMP),
        Tax(id="tax_pb1", name="PB1", rate=Decimal(10), included=False, **_STAMP),
    )
}
PRODUCTS = {
    f"var_{name}": Sellable(
        variant_id=f"var_{name}",
        product_id=f"prd_{name}",
        name=name,
        sku=None,
        barcode=None,
        price=price,
        tax_ids=tuple(taxes),
        track_stock=True,
        stock_policy=None,
        weighed=True,
    )
    for name, price, taxes in (
        ("kopi", 18_000, ["tax_pb1"]),
        ("gula", 13_333, ["tax_ppn"]),
        ("water", 4_000, []),
        ("noodle", 9_999, ["tax_pb1"]),
    )
}

_PLACE = selling.Place("loc_main", 0, timestamp(OPENING))
PLENTY_OF_TIME: Any = SimpleNamespace(get_remaining_time_in_millis=lambda: 60_000)


@dataclass(frozen=True, slots=True)
class Change:
    """A version of an order, and the events it makes, those of its payments by id."""

    order: Order
    events: tuple[str, ...]
    payments: Mapping[str, PaymentEvent] = field(default_factory=dict)


def sell(
    lines: Sequence[tuple[str | None, str]],
    *,
    course: str = "sold",
    hours: int = 0,
    location: str = LOCATIONS[0],
    currency: str = "IDR",
    **more: Any,
) -> list[Change]:
    """The versions of an order of (variant or None for a custom item, quantity), so many hours after opening.

    Courses: sold (in one call), stepped (created, then completed by another person), cancelled (after completion),
    dropped (cancelled while open), open (and not paid), lent (completed, and not paid).
    """
    at = OPENING + timedelta(hours=hours)
    order_id = new_id("ord")
    paid = course not in ("open", "lent")
    order = _new_order(order_id, lines, at, location, currency, more, paid=paid)
    done = order.model_copy(
        update={"status": "completed", "completed_at": timestamp(at), "business_date": _day(timestamp(at))}
    )
    taken: dict[str, PaymentEvent] = dict.fromkeys((one.id for one in order.payments), "payment.created")
    created = Change(order, ("order.created",), taken)
    sold = Change(done, ("order.created", "order.completed"), taken)
    if course == "stepped":
        return go_on([created], [("complete", 1, 1)])
    if course == "cancelled":
        return go_on([sold], [("cancel", 1, 0)])
    if course == "dropped":
        return go_on([created], [("cancel", 1, 0)])
    return [created] if course == "open" else [sold]


def _new_order(
    order_id: str,
    lines: Sequence[tuple[str | None, str]],
    at: datetime,
    location: str,
    currency: str,
    more: Any,
    *,
    paid: bool,
) -> Order:
    body = {
        "location_id": location,
        "lines": [
            {"quantity": quantity} | ({"variant_id": variant} if variant else {"custom": {"name": "x", "price": 700}})
            for variant, quantity in lines
        ],
        **more,
    }
    policy = Policy(
        currency=currency, minor_units=0, tax_rounding="per_line", rounding_mode="half_up", cash_rounding_step=100
    )
    found = [PRODUCTS.get(variant or "") for variant, _ in lines]

    def compute(payments: list[dict[str, Any]]) -> Any:
        new = NewOrder.model_validate({**body, "payments": payments}, strict=False)
        sold = [selling.sell(line, one, None, _PLACE) for line, one in zip(new.lines, found, strict=True)]
        return orders.compute(new, sold, _TAXES, policy, timestamp(at), order_id, "key_till")

    due = compute([]).total
    figures = compute([{"method": method, "amount": amount} for method, amount in _split(due)] if paid else [])
    return Order(
        id=order_id,
        number="1",
        status="open",
        time_zone=TIME_ZONE,
        customer_id=more.get("customer_id"),
        line_count=len(figures.lines),
        history=(HistoryEntry(at=timestamp(at), actor="key_till", action="created"),),
        **_STAMP,
        **{name: getattr(figures, name) for name in type(figures).model_fields},
    )


def _split(due: int) -> list[tuple[str, int]]:
    """A small amount in cash, a middling one by QRIS, of a large one a third by card and the rest in cash."""
    if due == 0:
        return []
    if due < 20_000:
        return [("cash", due)]
    return [("qris", due)] if due < 60_000 else [("card", due // 3), ("cash", due - due // 3)]


def _day(moment: str) -> str:
    return business_date(datetime.fromisoformat(moment), TIME_ZONE).isoformat()


# --- what happens to an order later ----------------------------------------------------------------------------------

type Step = tuple[str, int, int]
"""What happens, with how many quarters of what it may happen to, and how many hours after the step before."""


def go_on(changes: Sequence[Change], steps: Iterable[Step]) -> list[Change]:
    """The order's versions with those that these steps make; what the rules of orders refuse does not happen."""
    history = list(changes)
    at = datetime.fromisoformat(history[-1].order.completed_at or history[-1].order.created_at)
    at = max(at, datetime.fromisoformat(history[-1].order.history[0].at))
    for what, quarters, hours in steps:
        at += timedelta(hours=hours)
        try:
            history.append(_STEPS[what](history[-1].order, quarters, at))
        except (DomainError, NothingToDo):
            continue
    return history


class NothingToDo(Exception):
    """The order has nothing that this could happen to."""


def _next(order: Order, *events: str, of_payment: Mapping[str, PaymentEvent] | None = None, **fields: Any) -> Change:
    after = order.model_copy(update={**fields, "version": order.version + 1})
    return Change(after, events or ("order.updated",), of_payment or {})


def _settled(order: Order, payments: Sequence[Payment], refunds: Sequence[Refund]) -> dict[str, Any]:
    figures = orders.settled_anew(payments, order.total, order.policy, refunds)
    return {**figures, "payments": tuple(payments), "refunds": tuple(refunds)}


def _with_payment(order: Order, payment: Payment, event: PaymentEvent) -> Change:
    after = {one.id: one for one in order.payments} | {payment.id: payment}
    fields = _settled(order, list(after.values()), order.refunds)
    return _next(order, of_payment={payment.id: event}, **fields)


def _offered(order: Order, quarters: int, at: datetime) -> Payment:
    left = order.amount_due - order.reserved
    if order.status == "cancelled" or left <= 0:
        raise NothingToDo
    method: Any = ("cash", "card", "qris", "transfer")[quarters - 1]
    tender = orders.next_tender(order, PaymentInput(method=method, amount=max(left * quarters // 4, 1)))
    now = timestamp(at)
    return Payment(
        id=new_id("pay"), method=method, amount=tender.amount, at=now, captured_at=now, actor=f"key_{at.hour % 3}"
    )


def _pay(order: Order, quarters: int, at: datetime) -> Change:
    return _with_payment(order, _offered(order, quarters, at), "payment.created")


def _ask(order: Order, quarters: int, at: datetime) -> Change:
    """Ask a provider for it, who answers later (`_answer`) or never."""
    asked = {"status": "pending", "captured_at": None, "provider": "simulated", "asked": "capture"}
    return _with_payment(order, _offered(order, quarters, at).model_copy(update=asked), "payment.created")


def _answer(order: Order, quarters: int, at: datetime) -> Change:
    for payment in order.payments:
        if payment.status == "pending":
            taken = payment.changed(status="captured", asked=None, captured_at=timestamp(at))
            refused = payment.changed(status="declined", asked=None)
            return _with_payment(order, refused if quarters == 1 else taken, "payment.updated")
    raise NothingToDo


def _void(order: Order, quarters: int, at: datetime) -> Change:
    if order.status == "cancelled" or not order.payments:
        raise NothingToDo
    payment = order.payments[-1]
    payments.check_voidable(order, payment, at)
    now = timestamp(at)
    entry = HistoryEntry(at=now, actor="key_boss", action="payment_voided", reason="x")
    noted = order.model_copy(update={"history": (*order.history, entry)})
    return _with_payment(noted, payment.voided(now), "payment.voided")


def _give_back(order: Order, new: NewRefund, at: datetime) -> Change:
    day = business_date(at, TIME_ZONE).isoformat()
    where: dict[str, Any] = {"actor": f"key_{at.hour % 3}", "register_id": "reg_2222", "business_date": day}
    refund = refunding.refund(order, new, refund_id=new_id("rfd"), at=timestamp(at), **where)
    return _next(order, "order.refunded", **refunding.refunded(order, refund))


def _return(order: Order, quarters: int, at: datetime) -> Change:
    """Return some of each line, or with 4 quarters all that is left, and the tip."""
    back = [
        RefundLineInput(line_id=line.id, quantity=quantity)
        for line in order.lines
        if (quantity := ((line.quantity - (line.refunded or 0)) * quarters / 4).quantize(Decimal("0.001"))) > 0
    ]
    tip = quarters == 4 and order.tip > 0
    if not back and not tip:
        raise NothingToDo
    return _give_back(order, NewRefund(reason="Broken", lines=tuple(back), tip=tip), at)


def _reduce(order: Order, quarters: int, at: datetime) -> Change:
    """Give an amount back: of a sale without goods, of an order that is open to be paid again."""
    amount = refunding.refundable(order) * quarters // 4
    if amount <= 0:
        raise NothingToDo
    return _give_back(order, NewRefund(reason="Late", amount=amount), at)


def _decline(order: Order, quarters: int, at: datetime) -> Change:
    """A provider will not take back what it was asked to."""
    pending = [tender for refund in order.refunds for tender in refund.tenders if tender.status == "pending"]
    if not pending:
        raise NothingToDo

    def answered(tender: RefundTender) -> RefundTender:
        return tender.model_copy(update={"status": "declined"}) if tender is pending[0] else tender

    refunds = [refund.model_copy(update={"tenders": tuple(map(answered, refund.tenders))}) for refund in order.refunds]
    return _next(order, **_settled(order, order.payments, refunds))


def _complete(order: Order, quarters: int, at: datetime) -> Change:
    orders.check_transition(order.status, "completed")
    return _next(order, "order.status_updated", "order.completed", **orders.moved(order, "completed", at, "key_chef"))


def _cancel(order: Order, quarters: int, at: datetime) -> Change:
    orders.check_cancellable(order, business_date(at, TIME_ZONE).isoformat(), None)
    now = timestamp(at)
    voided = {one.id: one.voided(now) for one in order.payments if one.live}
    return _next(
        order,
        "order.cancelled",
        of_payment=dict.fromkeys(voided, "payment.voided"),
        history=(*order.history, HistoryEntry(at=now, actor=f"key_{at.hour % 3}", action="cancelled", reason="x")),
        status="cancelled",
        cancelled_at=now,
        payments=tuple(voided.get(one.id, one) for one in order.payments),
    )


_STEPS: Mapping[str, Callable[[Order, int, datetime], Change]] = {
    "pay": _pay,
    "ask": _ask,
    "answer": _answer,
    "void": _void,
    "return": _return,
    "reduce": _reduce,
    "decline": _decline,
    "complete": _complete,
    "cancel": _cancel,
}

LINES = st.lists(
    st.tuples(st.sampled_from([*PRODUCTS, None]), st.sampled_from(["1", "2", "0.005", "12.75"])), min_size=1, max_size=4
)
EXTRAS = st.fixed_dictionaries(
    {"tip": st.integers(0, 5000)},
    optional={
        "discounts": st.just([{"percent": "12.5"}]),
        "service_charges": st.sampled_from([[{"percent": "5", "taxable": True}], [{"amount": 900}]]),
        "register_id": st.sampled_from(["reg_1111", "reg_2222"]),
        "customer_id": st.sampled_from(["cus_anis", "cus_budi"]),
    },
)
_COURSES = st.sampled_from(["sold", "stepped", "cancelled", "dropped", "open", "lent"])
_STEP = st.tuples(st.sampled_from(sorted(_STEPS)), st.integers(1, 4), st.integers(0, 30))
_BEGINNINGS: Sequence[list[Step]] = (
    [],
    [("pay", 4, 1), ("reduce", 2, 1)],
    [("ask", 4, 1), ("answer", 4, 2), ("complete", 1, 0), ("return", 2, 9), ("decline", 1, 9)],
)
"""Ways to what chance alone seldom comes to."""

stories = st.builds(
    lambda lines, course, hours, location, more, beginning, steps: go_on(
        sell(lines, course=course, hours=hours, location=location, **more), [*beginning, *steps]
    ),
    LINES,
    _COURSES,
    st.integers(0, 60),
    st.sampled_from(LOCATIONS),
    EXTRAS,
    st.sampled_from(_BEGINNINGS),
    st.lists(_STEP, max_size=6),
)
"""The versions of an order that something happens to."""

histories = st.lists(stories, min_size=1, max_size=6).map(lambda many: [change for one in many for change in one])
"""Those of several orders."""


# --- the feed --------------------------------------------------------------------------------------------------------


def publish(merchant_id: str, changes: Iterable[Change]) -> None:
    """Commit the changes' outbox items and give their events places in the merchant's feed."""
    items = [outbox_item(merchant_id, change) for change in changes]
    dynamo.batch_put(outbox.TABLE, items)
    feed.place(merchant_id, [ref for item in items for ref in feed.feed_refs(item)], OPENING)


def outbox_item(merchant_id: str, change: Change) -> dict[str, Any]:
    """The outbox item of a change."""
    entity = outbox.Entity("order", change.order.id, change.order.version)
    parts = orders_store._payment_parts(change.order, change.payments)
    return outbox.item(merchant_id, entity, change.events, change.order.json_bytes(), OPENING, parts)


def wake_up(*merchant_ids: str) -> dict[str, Any]:
    """The stream's batch that tells the projector of new pages, as far as it looks."""
    pages = [{"kind": {"S": "page"}, "merchant_id": {"S": merchant_id}} for merchant_id in merchant_ids]
    return {"Records": [{"eventName": "INSERT", "dynamodb": {"NewImage": page}} for page in pages]}


def project(merchant_id: str) -> None:
    """Run the projector once, undisturbed."""
    project_totals.handler(wake_up(merchant_id), PLENTY_OF_TIME)


def moved(variant: str, version: int, change: str, cause: str, unit_cost: str | None = None) -> Movement:
    """A movement of a variant's stock; what orders move was sold as itself."""
    by_order = cause in ("sale", "cancel", "refund")
    share = SoldShare(variant_id=variant, quantity=Decimal(change))
    return Movement(
        variant_id=variant,
        location_id=LOCATIONS[0],
        on_hand=_ON_HAND[variant][version - 1],
        change=Decimal(change),
        unit_cost=None if unit_cost is None else Decimal(unit_cost),
        cause=Cause.model_validate(
            {
                "type": cause,
                "id": "ord_or_other",
                "business_date": "2026-11-24",
                "currency": "IDR" if by_order else None,
                "sold": (share,) if by_order else (),
            }
        ),
        actor="key_till",
        version=version,
        at=timestamp(OPENING),
    )


_ON_HAND = {"var_kopi": [Decimal(text) for text in ("20", "18", "16.5", "18")], "var_water": [Decimal(-1)]}


# --- plain sums ------------------------------------------------------------------------------------------------------

type Sums = dict[str, dict[str, Any]]


DERIVED = ("margin", "average_total", "items_per_order", "lines_per_order")
"""What a report's row makes of its sums; besides these, percentages."""

KEYS = ("tax_id", "tax_name", "included", "promotion_id", "weekday", "hour")
"""What a row has beside the name of its group."""


@dataclass
class Plain:
    """What sales come to, added up order by order from each order's last version."""

    changes: Sequence[Change]
    location: str | None = None
    last: dict[str, Order] = field(init=False)

    def __post_init__(self) -> None:
        self.last = {
            change.order.id: change.order
            for change in sorted(self.changes, key=lambda change: change.order.version)
            if self.location in (None, change.order.location_id)
        }

    def by(self, group_by: str) -> Sums:
        """The sums by group; figures that are 0 are left out."""
        sums: defaultdict[str, Counter[str]] = defaultdict(Counter)
        for order in self.last.values():
            for group, figures in (
                *_sale(order, group_by),
                *_cancellation(order, group_by),
                *_payments(order, group_by),
                *_refunds(order, group_by),
            ):
                sums[group].update(figures)
        exact = {group: _without_zeros(figures) for group, figures in sums.items()}
        return {group: figures for group, figures in exact.items() if figures}

    def totals(self) -> dict[str, Any]:
        """The sums of everything."""
        whole: Counter[str] = Counter()
        for figures in self.by("day").values():
            whole.update(figures)
        return _without_zeros(whole)


def _without_zeros(figures: Counter[str]) -> dict[str, Any]:
    return {name: amount for name, amount in figures.items() if amount}


type _Shares = Iterator[tuple[str, dict[str, Any]]]

_OF_ACTS = ("day", "month", "hour", "weekday_hour", "location", "staff", "register")
"""What has figures of everything that somebody does."""


def _sale(order: Order, group_by: str) -> _Shares:
    """What an order adds to each group of one dimension by having been completed or cancelled."""
    if order.completed_at is None:
        return
    counted = {"cancelled": 1} if order.status == "cancelled" else {"orders": 1}
    for group, figures in _sold(order, group_by).items():
        yield group, counted | (figures if order.status == "completed" else {})


def _cancellation(order: Order, group_by: str) -> _Shares:
    """What it adds by having been cancelled, where and when that was done."""
    if order.cancelled_at is None or not order.lines or group_by not in _OF_ACTS:
        return
    [actor] = [entry.actor for entry in order.history if entry.action == "cancelled"]
    group = _group(order, group_by, order.cancelled_at, actor, order.register_id)
    if order.completed_at:
        yield group, {"cancellations": 1, "cancelled_total": order.total}
    else:
        yield group, {"cancelled_open": 1, "cancelled_open_total": order.total}


def _discounts(order: Order) -> list[OrderDiscount]:
    return [*order.discounts, *(discount for line in order.lines for discount in line.discounts)]


def _sold(order: Order, group_by: str) -> dict[str, dict[str, Any]]:
    if group_by in ("product", "category"):
        lines: defaultdict[str, Counter[str]] = defaultdict(Counter)
        for line in order.lines:
            group = (line.variant_id or "") if group_by == "product" else ""
            for name in ("gross", "discount", "service_charge", "tax", "total", "quantity"):
                lines[group][name] += getattr(line, name)
            lines[group]["net"] += line.net - line.service_charge
            lines[group]["untracked_net"] += 0 if line.variant_id else line.net - line.service_charge
        return dict(lines)
    if group_by == "payment_method" or (group_by == "customer" and order.customer_id is None):
        return {}
    untaxed = [line.net - line.service_charge for line in order.lines if not line.tax_ids]
    if group_by == "tax_rate":
        taxed = {f"{tax.rate}": {"base": tax.base, "amount": tax.amount} for tax in order.taxes}
        return taxed | ({"": {"base": sum(untaxed)}} if untaxed else {})
    if group_by == "discount":
        return {one.name: {"times": len(order.discounts), "amount": order.discount_total} for one in order.discounts}
    completer = order.history[0].actor
    for entry in order.history:
        completer = entry.actor if entry.action == "completed" else completer
    more = {
        "cash_rounding": order.cash_rounding,
        "manual_discount": sum(one.applied for one in _discounts(order) if one.promotion_id is None),
        "untracked_net": sum(line.net - line.service_charge for line in order.lines if line.variant_id is None),
        "customer_orders": int(order.customer_id is not None),
    }
    return {
        _group(order, group_by, str(order.completed_at), completer, order.register_id): {
            **({} if group_by == "customer" else more),
            "lines": len(order.lines),
            "gross": order.subtotal,
            "discount": order.discount_total,
            "net": order.subtotal - order.discount_total - order.included_tax_total,
            "service_charge": order.service_charge_total,
            "tax": order.tax_total,
            "tip": order.tip,
            "total": order.total,
            "quantity": sum(line.quantity for line in order.lines),
        }
    }


def _payments(order: Order, group_by: str) -> _Shares:
    """What its payments add: those that are captured; those that were, and were voided, are counted."""
    for payment in order.payments:
        if payment.status == "voided" and payment.captured_at:
            if group_by == "payment_method":
                yield payment.method, {"voided": 1}
            elif group_by in _OF_ACTS:
                by = [one.actor for one in order.history if one.action == "cancelled"]
                by += [
                    one.actor for one in order.history if (one.action, one.at) == ("payment_voided", payment.voided_at)
                ]
                actor = by[-1]
                group = _group(order, group_by, str(payment.voided_at), actor, order.register_id)
                yield group, {"voids": 1, "voided_amount": payment.amount}
        if payment.status == "captured" and group_by == "payment_method":
            yield payment.method, {"payments": 1, "amount": payment.amount}
        elif payment.status == "captured" and group_by in _OF_ACTS:
            group = _group(order, group_by, str(payment.captured_at), str(payment.actor), payment.register_id)
            yield group, {"paid": payment.amount}


def _refunds(order: Order, group_by: str) -> _Shares:
    """What its refunds add: the money that went back, and what that was for if it was a sale."""
    for refund in order.refunds:
        for tender in refund.tenders:
            if tender.status == "declined":
                continue
            if group_by == "payment_method":
                yield tender.method, {"refunds": 1, "refunded": tender.amount}
            elif group_by in _OF_ACTS:
                group = _group(order, group_by, refund.at, refund.actor, refund.register_id)
                yield group, {"refunded": tender.amount}
        if not refund.due_again:
            for group, figures in _returned(order, refund, group_by).items():
                yield (
                    group,
                    {f"refunded_{name}": sum for name, sum in figures.items()}
                    | {"refunds": int(bool(refund.lines or refund.tip))},
                )


def _returned(order: Order, refund: Refund, group_by: str) -> dict[str, Counter[str]]:
    groups: defaultdict[str, Counter[str]] = defaultdict(Counter)
    if group_by in ("payment_method", "discount") or (group_by == "customer" and order.customer_id is None):
        return {}
    if group_by == "tax_rate":
        for returned in refund.lines:
            for tax in returned.taxes:
                [rate] = [str(one.rate) for one in order.taxes if one.tax_id == tax.tax_id]
                groups[rate].update(base=tax.base, amount=tax.amount)
            if not returned.taxes:
                groups[""].update(base=returned.net - returned.service_charge)
        return dict(groups)
    for returned in refund.lines:
        [line] = [line for line in order.lines if line.id == returned.line_id]
        items = {"product": line.variant_id or "", "category": ""}
        acted = None if group_by in items else _group(order, group_by, refund.at, refund.actor, refund.register_id)
        group = items.get(group_by, acted)
        for name in ("gross", "discount", "service_charge", "tax", "total", "quantity"):
            groups[str(group)][name] += getattr(returned, name)
        groups[str(group)]["net"] += returned.net - returned.service_charge
    if group_by not in ("product", "category"):
        group = _group(order, group_by, refund.at, refund.actor, refund.register_id)
        groups[group].update(tip=refund.tip, total=refund.tip)
        if group_by != "customer":
            groups[group].update(cash_rounding=refund.cash_rounding)
    return dict(groups)


def _group(order: Order, group_by: str, moment: str, actor: str, register_id: str | None) -> str:
    """The group of what somebody did at a moment, at a register."""
    local = datetime.fromisoformat(moment).astimezone(ZoneInfo(TIME_ZONE))
    day = _day(moment)
    return {
        "day": day,
        "month": day[:7],
        "hour": f"{local.hour:02}",
        "weekday_hour": f"{local.weekday() + 1}T{local.hour:02}",
        "location": order.location_id,
        "staff": actor,
        "register": register_id or "",
        "customer": order.customer_id or "",
    }[group_by]


# --- disturbances ----------------------------------------------------------------------------------------------------


class Crash(Exception):
    """The function dies here."""


type Call = Callable[[], Any]


@contextmanager
def calls(on_call: Callable[[int, Call], Any]) -> Iterator[None]:
    """Let `on_call(number, do_it)` decide about each call to AWS; what it calls itself goes straight through."""
    real = botocore.client.BaseClient._make_api_call  # type: ignore[attr-defined]
    state = {"calls": 0, "busy": False}

    def intercepted(client: Any, operation: str, arguments: Any) -> Any:
        if state["busy"]:
            return real(client, operation, arguments)
        state["calls"] += 1
        state["busy"] = True
        try:
            return on_call(state["calls"], lambda: real(client, operation, arguments))
        finally:
            state["busy"] = False

    with mock.patch.object(botocore.client.BaseClient, "_make_api_call", intercepted):
        yield


@contextmanager
def dying_at(number: int, *, done: bool) -> Iterator[None]:
    """Every call from this one on fails; the first of them after it was done, or before."""

    def on_call(current: int, do_it: Call) -> Any:
        if current < number:
            return do_it()
        if current == number and done:
            do_it()
        raise Crash

    with calls(on_call):
        yield


@contextmanager
def interrupted_at(number: int, by: Callable[[], None]) -> Iterator[list[int]]:
    """Something else happens just before this call; yields the calls that were made."""
    made: list[int] = []

    def on_call(current: int, do_it: Call) -> Any:
        made.append(current)
        if current == number:
            by()
        return do_it()

    with calls(on_call):
        yield made


@contextmanager
def one_call_at_a_time() -> Iterator[Counter[str]]:
    """Make each call to moto atomic, as DynamoDB's are, when several threads call it; yields calls by operation."""
    real = botocore.client.BaseClient._make_api_call  # type: ignore[attr-defined]
    lock = threading.Lock()
    made: Counter[str] = Counter()

    def locked(client: Any, operation: str, arguments: Any) -> Any:
        with lock:
            made[operation] += 1
            return real(client, operation, arguments)

    with mock.patch.object(botocore.client.BaseClient, "_make_api_call", locked):
        yield made
