"""POST /v1/orders"""

from collections.abc import Mapping
from decimal import Decimal

from catalog.models import StockPolicy
from inventory.models import Cause
from inventory.store import level_ref
from orders import drafts, loyalty, rules, store
from orders.effects import booked
from orders.models import Change, HistoryEntry, NewOrder, Order, StockWarning
from orders.numbering import Counter, NumberTaken
from orders.reading import Reading, read_for
from pos import dynamo, outbox
from pos.clock import business_date, timestamp
from pos.documents import stamp
from pos.errors import DomainError
from pos.http import Answer, Call, operation
from pos.ids import new_id
from shifts.store import ShiftClosed

_ATTEMPTS = 8


@operation(permission="orders:write", body=NewOrder, answer=Order, status=201)
def handler(call: Call[NewOrder, None]) -> Answer:
    """Sell: the order, its stock, its receipt number and its events in one transaction; with `complete`, done at once.

    The same `id` with the same body answers what the first request was answered.
    """
    order_id = call.body.id or new_id("ord")
    for attempt in range(_ATTEMPTS):
        try:
            return _sell(call, order_id)
        except (NumberTaken, ShiftClosed):
            dynamo.pause(attempt)
        except DomainError as refused:
            return _first_answer(call, refused)
    raise dynamo.Busy


def _sell(call: Call[NewOrder, None], order_id: str) -> Answer:
    reading = read_for(call, numbered=True)
    loyalty.check_payments(call.body.payments, reading.loyalty)
    moment = rules.sold_at(call.body, call.now)
    now = timestamp(moment)
    policy = rules.policy(reading.merchant)
    figures = rules.compute(
        call.body, reading.sold, reading.taxes, policy, now, order_id, call.caller.actor, reading.running
    )
    day = business_date(moment, reading.location.time_zone)
    policies = reading.policies
    counter, number = _number(reading, order_id)
    order = Order(
        id=order_id,
        number=number,
        status="completed" if call.body.complete else "open",
        time_zone=reading.location.time_zone,
        occurred_at=call.body.occurred_at,
        customer_id=call.body.customer_id,
        loyalty=reading.loyalty,
        name=call.body.name,
        note=call.body.note,
        line_count=len(figures.lines),
        business_date=day.isoformat() if call.body.complete else None,
        completed_at=now if call.body.complete else None,
        history=(HistoryEntry(at=now, actor=call.caller.actor, action="created"),),
        fingerprint=call.fingerprint() if call.body.id else None,
        **stamp(call.now),
        **{name: getattr(figures, name) for name in type(figures).model_fields},
    )
    order = order.model_copy(update={"warnings": _warnings(call, order, policies)})
    blocked = frozenset(variant for variant, policy in policies.items() if policy == "block")
    events = ("order.created", "order.completed") if call.body.complete else ("order.created",)
    change = Change(
        order=order,
        events=events,
        payments={payment.id: "payment.created" for payment in order.payments},
        cause=Cause(type="sale", id=order_id),
        moves=rules.moves_between((), order.lines, blocked),
        counted=reading.counted,
    )
    change = booked(None, change, reading.till, timestamp(call.now), call.caller.actor)
    return drafts.save(call, change, name=_request_name(call, order_id), counter=counter)


def _request_name(call: Call[NewOrder, None], order_id: str) -> str:
    """What a repeat of this request can be known by."""
    return f"key#{call.idempotency_key}" if call.body.id is None and call.idempotency_key else order_id


def _number(reading: Reading, order_id: str) -> tuple[Counter | None, str]:
    if reading.counter is None or reading.counted is None:
        # Without a register nobody counts, for all sales of the location would wait for it; the id is unique anyway.
        return None, order_id
    return reading.counter.give(reading.counted.register_code, reading.counted.number)


def _warnings(
    call: Call[NewOrder, None], order: Order, policies: Mapping[str, StockPolicy]
) -> tuple[StockWarning, ...]:
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


def _first_answer(call: Call[NewOrder, None], refused: DomainError) -> Answer:
    """If the client's own id is on record with this very request, the request is a repeat: answer as the first time."""
    order = dynamo.get(store.order_ref(call.merchant_id, call.body.id)) if call.body.id else None
    if order is None or order.fingerprint != call.fingerprint():
        raise refused
    first = outbox.data_of(call.merchant_id, order.id, 1)
    return Answer(201, first, 1, replayed=True)
