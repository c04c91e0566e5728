"""From a request to a new order, with all that goes with it into its transaction."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from catalog.models import StockPolicy
from inventory.models import Cause
from inventory.store import level_ref
from orders import consenting, drafts, loyalty, rules
from orders.effects import booked
from orders.models import Change, HistoryEntry, NewOrder, Order, StockWarning
from orders.numbering import Counter, NumberTaken
from orders.reading import Reading, read_for
from pos import dynamo
from pos.clock import timestamp
from pos.documents import stamp
from pos.http import Answer, Call
from shifts.store import ShiftClosed

_ATTEMPTS = 8


def place(call: Call[Any, Any], order_id: str, *, name: str, elsewhere: bool = False) -> Answer:
    """Keep the order of the request in `call.body`, with all that goes with it; `name` is what a repeat is known by.

    What was sold `elsewhere` is sold: its stock is taken below zero too, where the shop would not sell so here.
    """
    for attempt in range(_ATTEMPTS):
        try:
            change, counter = placed(call, order_id)
            if elsewhere:
                moves = tuple(move.model_copy(update={"block": False}) for move in change.moves)
                change = change.model_copy(update={"moves": moves})
            return drafts.save(call, change, name=name, counter=counter)
        except (NumberTaken, ShiftClosed):
            dynamo.pause(attempt)
    raise dynamo.Busy


def placed(call: Call[Any, Any], order_id: str) -> tuple[Change, Counter | None]:
    """The change that makes an order of the request in `call.body`, booked in the shift of its register, and the
    counter that its receipt number comes from. 422 for what cannot be sold, naming the field.
    """
    new: NewOrder = call.body
    reading = read_for(call, numbered=True)
    loyalty.check_payments(new.payments, reading.loyalty)
    moment = rules.sold_at(call.body, call.now)
    now = timestamp(moment)
    policy = rules.policy(reading.merchant)
    figures = rules.compute(new, reading.sold, reading.taxes, policy, now, order_id, call.caller.actor, reading.running)
    day = reading.location.business_day(moment)
    policies = reading.policies
    counter, number = _number(reading, order_id)
    order = Order(
        id=order_id,
        number=number,
        status="completed" if new.complete else "open",
        time_zone=reading.location.time_zone,
        day_start=reading.location.day_start,
        occurred_at=new.occurred_at,
        customer_id=new.customer_id,
        loyalty=reading.loyalty,
        name=new.name,
        note=new.note,
        external_ids=new.external_ids,
        line_count=len(figures.lines),
        business_date=day if new.complete else None,
        completed_at=now if new.complete else None,
        history=(HistoryEntry(at=now, actor=call.caller.actor, action="created"),),
        fingerprint=call.fingerprint() if new.id else None,
        **stamp(call.now),
        **{name: getattr(figures, name) for name in type(figures).model_fields},
    )
    order = order.model_copy(update={"warnings": _warnings(call, order, policies)})
    blocked = frozenset(variant for variant, policy in policies.items() if policy == "block")
    events = ("order.created", "order.completed") if new.complete else ("order.created",)
    change = Change(
        order=order,
        events=events,
        payments={payment.id: "payment.created" for payment in order.payments},
        cause=Cause(type="sale", id=order_id, business_date=day),
        moves=rules.moves_between((), order.lines, blocked),
        counted=reading.counted,
    )
    change = consenting.priced(call, None, change, reading.merchant)
    return booked(None, change, reading.till, timestamp(call.now), call.caller.actor), counter


def _number(reading: Reading, order_id: str) -> tuple[Counter | None, str]:
    if reading.counter is None or reading.counted is None:
        # Without a register nobody counts, for all sales of the location would wait for it; the id is unique anyway.
        return None, order_id
    return reading.counter.give(reading.counted.register_code, reading.counted.number)


def _warnings(call: Call[Any, Any], order: Order, policies: Mapping[str, StockPolicy]) -> tuple[StockWarning, ...]:
    taken = {
        variant: quantity for variant, quantity in rules.stock_taken(order.lines).items() if policies[variant] == "warn"
    }
    if not taken:
        return ()
    refs = {variant: level_ref(call.merchant_id, order.location_id, variant) for variant in taken}
    found = dynamo.fetch(refs.values())
    warnings = []
    for variant, quantity in taken.items():
        level = dynamo.resolve(refs[variant], found)
        left = level.on_hand if level else Decimal(0)
        if left < quantity:
            warnings.append(StockWarning(line=rules.line_of(order, variant), variant_id=variant, on_hand=left))
    return tuple(warnings)
