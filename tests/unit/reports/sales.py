"""Sales as the orders service makes them, put on the feed; and their plain sums, which other code than ours adds up."""

import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any
from unittest import mock
from zoneinfo import ZoneInfo

import botocore.client

from catalog.models import Sellable, Tax
from orders import rules as orders
from orders import selling
from orders.models import HistoryEntry, NewOrder, Order, Policy
from pos import dynamo, outbox
from pos.clock import business_date, timestamp
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
    """A version of an order, and the events it makes."""

    order: Order
    events: tuple[str, ...]


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
    dropped (cancelled while open).
    """
    at = OPENING + timedelta(hours=hours)
    order_id = new_id("ord")
    order = _new_order(order_id, lines, at, location, currency, more)
    done = _completed(order, at, "key_till", "created")
    if course == "sold":
        return [Change(done, ("order.created", "order.completed"))]
    if course == "stepped":
        later = at + timedelta(hours=1)
        return [
            Change(order, ("order.created",)),
            _next(_completed(order, later, "key_chef", "completed"), "completed"),
        ]
    if course == "cancelled":
        return [Change(done, ("order.created", "order.completed")), _next(_cancelled(done, at), "cancelled")]
    if course == "dropped":
        return [Change(order, ("order.created",)), _next(_cancelled(order, at), "cancelled")]
    raise ValueError(course)


def _new_order(
    order_id: str, lines: Sequence[tuple[str | None, str]], at: datetime, location: str, currency: str, more: Any
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
    figures = compute([{"method": method, "amount": amount} for method, amount in _split(due)])
    return Order(
        id=order_id,
        number="1",
        status="open",
        time_zone=TIME_ZONE,
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


def _completed(order: Order, at: datetime, actor: str, action: str) -> Order:
    entry = HistoryEntry(at=timestamp(at), actor=actor, action=action)
    history = order.history if action == "created" else (*order.history, entry)
    day = business_date(at, TIME_ZONE).isoformat()
    return order.model_copy(
        update={"status": "completed", "business_date": day, "completed_at": timestamp(at), "history": history}
    )


def _cancelled(order: Order, at: datetime) -> Order:
    now = timestamp(at + timedelta(minutes=5))
    payments = tuple(payment.model_copy(update={"voided_at": now}) for payment in order.payments)
    return order.model_copy(update={"status": "cancelled", "cancelled_at": now, "payments": payments})


def _next(order: Order, status: str) -> Change:
    return Change(order.model_copy(update={"version": 2}), ("order.status_updated", f"order.{status}"))


# --- the feed --------------------------------------------------------------------------------------------------------


def publish(merchant_id: str, changes: Iterable[Change]) -> None:
    """Commit the changes' outbox items and give their events places in the merchant's feed."""
    items = [outbox_item(merchant_id, change) for change in changes]
    dynamo.batch_put(outbox.TABLE, items)
    feed.place(merchant_id, [ref for item in items for ref in feed.feed_refs(item)], OPENING)


def outbox_item(merchant_id: str, change: Change) -> dict[str, Any]:
    """The outbox item of a change."""
    entity = outbox.Entity("order", change.order.id, change.order.version)
    return outbox.item(merchant_id, entity, change.events, change.order.json_bytes(), OPENING)


def wake_up(*merchant_ids: str) -> dict[str, Any]:
    """The stream's batch that tells the projector of new pages, as far as it looks."""
    pages = [{"kind": {"S": "page"}, "merchant_id": {"S": merchant_id}} for merchant_id in merchant_ids]
    return {"Records": [{"eventName": "INSERT", "dynamodb": {"NewImage": page}} for page in pages]}


def project(merchant_id: str) -> None:
    """Run the projector once, undisturbed."""
    project_totals.handler(wake_up(merchant_id), PLENTY_OF_TIME)


# --- plain sums ------------------------------------------------------------------------------------------------------

type Sums = dict[str, dict[str, Any]]


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
            if order.completed_at is None:
                if order.cancelled_at and group_by in ("day", "location"):
                    day = business_date(datetime.fromisoformat(order.cancelled_at), TIME_ZONE).isoformat()
                    sums[day if group_by == "day" else order.location_id]["cancelled_open"] += 1
                continue
            for group, figures in _shares(order, group_by).items():
                sums[group].update({"cancelled": 1} if order.status == "cancelled" else {"orders": 1, **figures})
        return {group: _without_zeros(figures) for group, figures in sums.items()}

    def totals(self) -> dict[str, Any]:
        """The sums of everything."""
        whole: Counter[str] = Counter()
        for figures in self.by("day").values():
            whole.update(figures)
        return _without_zeros(whole)


def _without_zeros(figures: Counter[str]) -> dict[str, Any]:
    return {name: amount for name, amount in figures.items() if amount}


def _shares(order: Order, group_by: str) -> dict[str, dict[str, Any]]:
    """What an order adds to each group of one dimension, but for the count of orders."""
    if group_by in ("product", "category"):
        lines: defaultdict[str, Counter[str]] = defaultdict(Counter)
        for line in order.lines:
            group = (line.variant_id or "") if group_by == "product" else ""
            for name in ("gross", "discount", "service_charge", "tax", "total", "quantity"):
                lines[group][name] += getattr(line, name)
            lines[group]["net"] += line.net - line.service_charge
        return dict(lines)
    if group_by == "payment_method":
        paid: defaultdict[str, Counter[str]] = defaultdict(Counter)
        for payment in order.payments:
            paid[payment.method]["amount"] += payment.amount
        return dict(paid)
    if group_by == "tax_rate":
        return {f"{tax.rate}": {"base": tax.base, "amount": tax.amount} for tax in order.taxes}
    completed = datetime.fromisoformat(order.completed_at or "").astimezone(ZoneInfo(TIME_ZONE))
    group = {
        "day": order.business_date or "",
        "hour": completed.strftime("%H"),
        "location": order.location_id,
        "staff": order.history[-1 if order.history[-1].action == "completed" else 0].actor,
    }[group_by]
    return {
        group: {
            "gross": order.subtotal,
            "discount": order.discount_total,
            "net": order.subtotal - order.discount_total - order.included_tax_total,
            "service_charge": order.service_charge_total,
            "tax": order.tax_total,
            "tip": order.tip,
            "total": order.total,
            "cash_rounding": order.cash_rounding,
            "paid": order.paid,
            "quantity": sum(line.quantity for line in order.lines),
        }
    }


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
