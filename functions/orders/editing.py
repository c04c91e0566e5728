"""Changing what an open order sells: any number of registers at once, and nobody's change is lost."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from catalog.models import Promotion, StockPolicy, Tax
from inventory.models import Cause
from orders import consenting, drafts, promotions, rules, store
from orders.models import Change, HistoryEntry, Order
from pos.clock import timestamp
from pos.documents import LostRace
from pos.dynamo import Busy
from pos.errors import DomainError
from pos.http import Answer, Call
from pos.ids import new_id

_ATTEMPTS = 8


@dataclass(frozen=True, slots=True)
class Edit:
    """What an order becomes: the fields that change (`lines` among them, their figures still to be computed), the
    catalog's taxes and the running promotions for lines that are new, and the stock policy of each variant of which
    more is taken.
    """

    fields: Mapping[str, Any]
    taxes: Mapping[str, Tax] = field(default_factory=dict)
    running: Sequence[Promotion] = ()
    policies: Mapping[str, StockPolicy] = field(default_factory=dict)
    places: Mapping[str, str] = field(default_factory=dict)
    """Where in the request that is what a refusal points to on the order, as in `pointing_into_the_request`."""


def edit(call: Call[Any, Any], action: str, change: Callable[[Order], Edit]) -> Answer:
    """Change an open order, recompute it by its own policy, prices and taxes, and move the stock that it takes more or
    less.

    With `If-Match`, 412 if the order is not that version any more. Without, whoever was overtaken does its change again
    to what the order became. 409 `order.not_open`, `order.overpaid` or `stock.insufficient`.
    """
    for _ in range(_ATTEMPTS):
        order = store.get_order(call.merchant_id, call.path["id"])
        call.expect(order.version)
        rules.check_open(order)
        wanted = change(order)
        with suppress(LostRace), pointing_into_the_request(wanted.places):
            return _save(call, order, action, wanted)
    raise Busy


@contextmanager
def pointing_into_the_request(places: Mapping[str, str]) -> Iterator[None]:
    """Let refusals that point into an order point into the request that changes it: `places` says for a field of the
    order, or one of its lines, where it is there. What is not there is named without a pointer.
    """
    try:
        yield
    except DomainError as refused:
        if refused.pointer is None:
            raise
        depth = 3 if refused.pointer.startswith("/lines/") else 2
        head = "/".join(refused.pointer.split("/")[:depth])
        pointer = places[head] + refused.pointer.removeprefix(head) if head in places else None
        raise DomainError(refused.code, refused.detail, status=refused.status, pointer=pointer) from refused


def _save(call: Call[Any, Any], order: Order, action: str, wanted: Edit) -> Answer:
    edited = _recomputed(call, order, action, wanted)
    blocked = frozenset(variant for variant, policy in wanted.policies.items() if policy == "block")
    change = Change(
        order=edited,
        events=("order.updated",),
        cause=Cause(type="sale", id=order.id, business_date=order.business_day(call.now)),
        moves=rules.moves_between(order.lines, edited.lines, blocked),
    )
    return drafts.save(
        call,
        consenting.priced(call, order, change),
        name=f"key#{call.idempotency_key}" if call.idempotency_key else new_id("drf"),
    )


def _recomputed(call: Call[Any, Any], order: Order, action: str, wanted: Edit) -> Order:
    fields = dict(wanted.fields)
    lines = fields.pop("lines", order.lines)
    discounts = fields.pop("discounts", order.discounts)
    charges = fields.pop("service_charges", order.service_charges)
    taxes = rules.tax_definitions(lines, wanted.taxes, order.taxes)
    tip = fields.pop("tip", order.tip)
    kept = promotions.joined(order.promotions, wanted.running, lines)
    applied = kept if fields.get("apply_promotions", order.apply_promotions) else None
    figures = rules.figured(lines, discounts, charges, tip, taxes, order.policy, applied)
    entry = HistoryEntry(at=timestamp(call.now), actor=call.caller.actor, action=action)
    return order.changed(
        call.now,
        **figures,
        **rules.settled_anew(order.payments, figures["total"], order.policy, order.refunds),
        **fields,
        promotions=kept,
        history=(*order.history, entry),
    )
