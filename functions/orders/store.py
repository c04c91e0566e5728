"""The orders table.

order     pk <merchant>#<order>      sk order      index by_creation: pk <merchant>, sk <created_at>#<order>
                                                   index active (open, preparing, ready only): the same keys
                                                   index by_customer: pk <merchant>#<customer>, the same sk
                                                   index unsettled: pk unsettled, sk <updated_at>
counter   pk <merchant>#<register>   sk counter#<day>   the receipt numbers that a register gave out on a day
draft     pk <merchant>#<name>       sk draft      a change that is committed in steps: orders/drafts.py
                                                   index drafts: pk drafts, sk <begun at>
"""

from collections.abc import Iterator, Mapping, Sequence
from copy import replace
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from customers import store as customers
from customers.models import PointsMove
from customers.store import PointsInsufficient
from inventory import store as inventory
from inventory.models import Cause
from orders import crediting, effects, loyalty, rules
from orders.effects import Till
from orders.models import Change, Move, Order, PaymentData, PaymentEvent
from orders.numbering import Counter, NumberTaken
from pos import audit, clock, documents, dynamo, log, metrics
from pos.clock import timestamp
from pos.dynamo import Guarded, Item, Page, Ref
from pos.errors import DomainError, NotFound
from pos.http import Answer, Call
from pos.model import decimal_text
from pos.outbox import Part
from shifts import store as shifts
from staff.store import merchant_ref
from vouchers import store as vouchers
from vouchers.store import VoucherChanged

TABLE = "orders"
_UNSETTLED = "unsettled"
MAX_MOVES = 80
"""How many stock levels one transaction moves: it takes 100 items, and points, vouchers and shifts want theirs."""
_ATTEMPTS = 8


def order_ref(merchant_id: str, order_id: str) -> Ref[Order | None]:
    """An order."""
    return Ref(TABLE, _order_key(merchant_id, order_id), _read_order)


def document_ref(merchant_id: str, order_id: str) -> Ref[bytes | None]:
    """An order as the JSON that the API answers, for who reads it in a way of its own."""
    key = _order_key(merchant_id, order_id)
    return Ref(TABLE, key, lambda item: None if item is None else dynamo.unpack(item["doc"]))


def get_order(merchant_id: str, order_id: str) -> Order:
    """The order; 404 if the merchant has none such."""
    order = dynamo.get(order_ref(merchant_id, order_id))
    if order is None:
        raise NotFound("order", order_id)
    return order


def counter_ref(merchant_id: str, register_id: str, day: date) -> Ref[Counter]:
    """The receipt counter of a register on a day."""
    return Ref(TABLE, _counter_key(merchant_id, register_id, day), lambda item: _read_counter(item, day))


def read_till(merchant_id: str, register_id: str | None) -> Till | None:
    """The till at which an order is changed; None without a register."""
    if register_id is None:
        return None
    drawer_at, merchant_at = shifts.drawer_ref(merchant_id, register_id), merchant_ref(merchant_id)
    refs: list[Ref[Any]] = [drawer_at, merchant_at]
    found = dynamo.fetch(refs)
    return Till(dynamo.resolve(drawer_at, found), dynamo.resolve(merchant_at, found).shift_required)


def book(
    call: Call[Any, Any], before: Order | None, change: Change, register_id: str | None, *, late: bool = False
) -> Change:
    """The change with what it does to the shift that is open at this register: every change of an order's money goes
    through here on its way to `save`. Whoever saves it does it all again when that raises `ShiftClosed`.

    409 `shift.not_open` where the merchant requires a shift and there is none; unless it tells `late` of what happened
    already, as when a provider took the money.
    """
    if register_id is None or effects.nothing(before, change.order):
        return change
    till = read_till(call.merchant_id, register_id)
    if till is not None and late:
        till = replace(till, shift_required=False)
    return effects.booked(before, change, till, timestamp(call.now), call.caller.actor)


def save(
    call: Call[Any, Any],
    change: Change,
    moved: Sequence[Move] = (),
    *,
    counter: Counter | None = None,
    extra: Sequence[Guarded] = (),
) -> Answer:
    """Keep an order's new version, the stock that is `moved` with it, its customer's points, the balances of vouchers,
    its entry in a shift, its events, its receipt number's `counter` and `extra`, in one transaction.

    Raises 409 `order.already_exists` or `request.conflict`, 412, 409 `stock.insufficient` (naming the line), 409
    `points.insufficient` or `voucher.insufficient`, 422 for vouchers that cannot pay, `NumberTaken`, or `ShiftClosed`
    (a `LostRace`: book the change anew).
    """
    return _save_all(call, [change], moved, counter, extra)


def save_exchange(call: Call[Any, Any], sale: Change, refund: Change, *, counter: Counter | None) -> Answer:
    """Keep a new order and the order whose goods came back for it, in one transaction; the answer is the new one's.

    Raises what `save` raises, for either of them.
    """
    returned = moves(call.merchant_id, refund, refund.moves, call.caller.actor, call.now)
    return _save_all(call, [sale, refund], sale.moves, counter, returned)


def _save_all(
    call: Call[Any, Any],
    changes: Sequence[Change],
    moved: Sequence[Move],
    counter: Counter | None,
    extra: Sequence[Guarded],
) -> Answer:
    for attempt in range(_ATTEMPTS):
        rewarded, points = _rewarded(call.merchant_id, changes)
        try:
            return _save(call, rewarded, points, moved, counter, extra)
        except PointsInsufficient:
            if not any(loyalty.takes_back(change.order) for change in changes):
                raise
            dynamo.pause(attempt)  # some were spent since we looked: take back what is left now
        except VoucherChanged:
            dynamo.pause(attempt)
    raise dynamo.Busy


def _save(
    call: Call[Any, Any],
    rewarded: Sequence[Change],
    points: Mapping[str, Sequence[PointsMove]],
    moved: Sequence[Move],
    counter: Counter | None,
    extra: Sequence[Guarded],
) -> Answer:
    """Keep these changes of orders, of which the first one is answered, with what they do to customers' points."""
    merchant_id, actor = call.merchant_id, call.caller.actor
    change, *others = rewarded
    order = change.order
    moves_of_vouchers = [move for one in rewarded for move in crediting.moves(one)]
    credit = vouchers.moved(merchant_id, moves_of_vouchers, order.policy.currency, actor, call.now)
    counting = [] if counter is None else [_count(merchant_id, str(order.register_id), counter)]
    entries = [one.entry for one in rewarded if one.entry is not None]
    answer = documents.save(
        call,
        TABLE,
        _order_key(merchant_id, order.id),
        order,
        change.events,
        status=201 if order.version == 1 else 200,
        attributes=_attributes(merchant_id, order),
        parts=(*_payment_parts(order, change.payments), *credit.parts, *change.parts),
        extra=[
            *(write for other in others for write in _writes(call, other.order, other.events)),
            *counting,
            *moves(merchant_id, change, moved, actor, call.now),
            *shifts.entry_writes(merchant_id, entries, call.now),
            *(
                write
                for customer_id, made in points.items()
                for write in customers.points_writes(merchant_id, customer_id, made, actor, call.now, _redeeming(order))
            ),
            *credit.writes,
            *(audit.write(merchant_id, told) for one in rewarded for told in one.audit),
            *extra,
        ],
    )
    for one in rewarded:
        if "order.completed" in one.events:
            log.note(currency=one.order.policy.currency)
            metrics.add("sales", 1)
            metrics.add("sales_amount", one.order.total)
    return answer


def _rewarded(merchant_id: str, changes: Sequence[Change]) -> tuple[list[Change], dict[str, list[PointsMove]]]:
    """The changes with what each does to its customer's points, and the moves of each customer.

    `PointsInsufficient` if one that also takes points back redeems more than there are: looking again would not help.
    """
    made: dict[str, list[PointsMove]] = {}
    rewarded = []
    for change in changes:
        order, customer_id = change.order, str(change.order.customer_id)
        balance = 0
        if loyalty.takes_back(order):
            balance = dynamo.get(customers.balance_ref(merchant_id, customer_id))
            balance += sum(move.points for move in made.get(customer_id, ()))
            redeemed = loyalty.redeems(order)
            if redeemed > balance:
                raise PointsInsufficient(balance, redeemed, _redeeming(order))
        points = loyalty.moves(order, balance)
        made.setdefault(customer_id, []).extend(points)
        rewarded.append(change.model_copy(update={"order": loyalty.recorded(order, points)}))
    return rewarded, made


def _redeeming(order: Order) -> str | None:
    """Which field of the request that made an order redeems points."""
    methods = [payment.method for payment in order.payments]
    return f"/payments/{methods.index('points')}/amount" if order.version == 1 and "points" in methods else None


def save_both(
    call: Call[Any, Any], change: Change, other: Order, other_event: str, counter: Counter | None = None
) -> Answer:
    """Keep new versions of two orders between which lines go, in one transaction; the answer is the first one's.

    Raises what `save` raises, for either of them.
    """
    return save(call, change, counter=counter, extra=_writes(call, other, [other_event]))


def _writes(call: Call[Any, Any], order: Order, events: Sequence[str]) -> list[Guarded]:
    """An order's new version and its events, as a part of another one's transaction."""
    key, attributes = _order_key(call.merchant_id, order.id), _attributes(call.merchant_id, order)
    return documents.writes(call, TABLE, key, order, order.json_bytes(), events, attributes=attributes)


def moves(merchant_id: str, change: Change, moved: Sequence[Move], actor: str, at: datetime) -> list[Guarded]:
    """The writes that move stock for a change; each refuses with 409 `stock.insufficient`, naming the line."""
    return [
        Guarded(
            inventory.move(
                merchant_id,
                change.order.location_id,
                move.variant_id,
                move.quantity,
                cause(change, move),
                actor,
                at,
                block=move.block,
            ),
            partial(_insufficient, change.order, move),
        )
        for move in moved
    ]


def cause(change: Change, move: Move) -> Cause:
    """Why a level moves with an order: what was sold as what."""
    return change.cause.model_copy(update={"currency": change.order.policy.currency, "sold": move.sold})


def _insufficient(order: Order, move: Move, found: Item | None) -> DomainError:
    line = rules.line_of(order, move.variant_id)
    left = decimal_text(inventory.on_hand(found))
    detail = f"Only {left} of {order.lines[line].name} are on hand."
    return DomainError("stock.insufficient", detail, status=409, pointer=f"/lines/{line}/quantity")


def _payment_parts(order: Order, events: Mapping[str, PaymentEvent]) -> list[Part]:
    """The events about an order's payments: `events` names for each id what happened to it."""
    parts = []
    for payment in order.payments:
        if payment.id not in events:
            continue
        data = PaymentData(
            **dict(payment),
            order_id=order.id,
            number=order.number,
            location_id=order.location_id,
            customer_id=order.customer_id,
            currency=order.policy.currency,
            time_zone=order.time_zone,
            business_date=order.business_day(datetime.fromisoformat(payment.at)),
        )
        parts.append(
            Part(
                type=events[payment.id],
                entity_type="payment",
                entity_id=payment.id,
                version=payment.version,
                data=data.model_dump_json(),
            )
        )
    return parts


def list_orders(
    merchant_id: str,
    *,
    active: bool,
    customer_id: str | None = None,
    low: str | None,
    high: str | None,
    limit: int,
    cursor: str | None,
) -> Page:
    """Orders by creation, newest first; `active` ones only, or a customer's, or those created from `low` to `high`, if
    given.
    """
    index, pk_name = ("active", "active_pk") if active else ("by_creation", "created_pk")
    if customer_id is not None:
        index, pk_name = "by_customer", "customer_pk"
    keys = dynamo.query(
        TABLE,
        merchant_id if customer_id is None else f"{merchant_id}#{customer_id}",
        index=index,
        key_names=(pk_name, "created_sk"),
        between=(low or " ", f"{high}~" if high else "~"),
        limit=limit,
        cursor=cursor,
        forward=False,
    )
    refs = [documents.ref(TABLE, (key["pk"], key["sk"]), Order) for key in keys.items]
    found = dynamo.fetch(refs)
    orders = [found[ref.table, ref.key] for ref in refs if (ref.table, ref.key) in found]
    return Page(orders, keys.next_cursor, keys.key_names)


def open_orders_since(merchant_id: str, moment: str) -> Iterator[Order]:
    """Orders created since a moment (a timestamp) that are not completed or cancelled, newest first."""
    cursor = None
    while True:
        page = list_orders(merchant_id, active=True, customer_id=None, low=moment, high=None, limit=100, cursor=cursor)
        yield from (documents.read(Order, item) for item in page.items)
        cursor = page.next_cursor
        if cursor is None:
            return


def unsettled(left_alone: timedelta) -> Iterator[tuple[str, Order]]:
    """The orders of all merchants, with their merchants, that a provider was asked something about and has not
    answered, though nothing happened to them for so long.
    """
    until = timestamp(clock.now() - left_alone)
    cursor = None
    while True:
        page = dynamo.query(
            TABLE,
            _UNSETTLED,
            index=_UNSETTLED,
            key_names=("unsettled_pk", "unsettled_sk"),
            between=(" ", until),
            limit=50,
            cursor=cursor,
        )
        for key in page.items:
            order = dynamo.get(Ref(TABLE, (key["pk"], key["sk"]), _read_order))
            if order is not None:
                yield key["pk"].partition("#")[0], order
        cursor = page.next_cursor
        if cursor is None:
            return


def _attributes(merchant_id: str, order: Order) -> Item:
    asked = any(payment.asked for payment in order.payments) or any(
        tender.status == "pending" for refund in order.refunds for tender in refund.tenders
    )
    return {
        "unsettled_pk": _UNSETTLED if asked else None,
        "unsettled_sk": order.updated_at if asked else None,
        "created_pk": merchant_id,
        "created_sk": f"{order.created_at}#{order.id}",
        "customer_pk": None if order.customer_id is None else f"{merchant_id}#{order.customer_id}",
        "active_pk": None if order.status in ("completed", "cancelled") else merchant_id,
        "fingerprint": order.fingerprint,
    }


def _count(merchant_id: str, register_id: str, counter: Counter) -> Guarded:
    pk, sk = _counter_key(merchant_id, register_id, counter.day)
    skipped = counter.skipped or None
    item = {"pk": pk, "sk": sk, "version": counter.version, "last": counter.last, "skipped": skipped}
    return Guarded(dynamo.put(TABLE, item, version=counter.version - 1), NumberTaken())


def _order_key(merchant_id: str, order_id: str) -> tuple[str, str]:
    return f"{merchant_id}#{order_id}", "order"


def _counter_key(merchant_id: str, register_id: str, day: date) -> tuple[str, str]:
    return f"{merchant_id}#{register_id}", f"counter#{day}"


def _read_order(item: Item | None) -> Order | None:
    if item is None:
        return None
    return documents.read(Order, item).model_copy(update={"fingerprint": item.get("fingerprint")})


def _read_counter(item: Item | None, day: date) -> Counter:
    if item is None:
        return Counter(0, day, 0)
    skipped = tuple((int(first), int(last)) for first, last in item.get("skipped", ()))
    return Counter(int(item["version"]), day, int(item["last"]), skipped)
