"""The orders table.

order     pk <merchant>#<order>      sk order      index by_creation: pk <merchant>, sk <created_at>#<order>
                                                   index active (open, preparing, ready only): the same keys
counter   pk <merchant>#<register>   sk counter    the last receipt number of a register and its day
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from inventory import store as inventory
from inventory.models import Cause
from orders import rules
from orders.models import Order
from pos import documents, dynamo
from pos.dynamo import ConditionFailed, Item, Page, Ref
from pos.errors import DomainError, Invalid, NotFound
from pos.http import Answer, Call
from pos.model import decimal_text

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

TABLE = "orders"
MAX_TRACKED = 90
"""How many different tracked variants one order may move: a transaction takes 100 items."""


@dataclass(frozen=True, slots=True)
class Counter:
    """The last receipt number that a register gave out, and on which day."""

    version: int
    day: str
    number: int

    def next(self, day: date) -> "Counter":
        """The number after this one; each day begins at 1. A sale that began before midnight and comes after one of the
        new day counts on in the new day, for going back would give the old day's numbers out twice.
        """
        if day.isoformat() > self.day:
            return Counter(self.version + 1, day.isoformat(), 1)
        return Counter(self.version + 1, self.day, self.number + 1)


class NumberTaken(Exception):
    """Another sale of the same register took the receipt number at this moment; take the next."""


def order_ref(merchant_id: str, order_id: str) -> Ref[Order | None]:
    """An order."""
    return Ref(TABLE, _order_key(merchant_id, order_id), _read_order)


def get_order(merchant_id: str, order_id: str) -> Order:
    """The order; 404 if the merchant has none such."""
    order = dynamo.get(order_ref(merchant_id, order_id))
    if order is None:
        raise NotFound("order", order_id)
    return order


def counter_ref(merchant_id: str, register_id: str) -> Ref[Counter]:
    """The receipt counter of a register."""
    return Ref(TABLE, _counter_key(merchant_id, register_id), _read_counter)


def add_order(
    call: Call[Any, Any],
    order: Order,
    events: Sequence[str],
    blocked: frozenset[str],
    counter: Counter | None,
) -> Answer:
    """Sell: the order, the stock that it takes, its events and its receipt number, in one transaction.

    `blocked` names the variants that may not go below zero; `counter` is what the order's number was made from. Raises
    409 `order.already_exists` or `stock.insufficient` (naming the line), 422 `order.too_many_lines`, or `NumberTaken`.
    """
    taken = rules.stock_taken(order.lines)
    if len(taken) > MAX_TRACKED:
        detail = f"An order may move the stock of at most {MAX_TRACKED} different variants, not {len(taken)}."
        raise Invalid("order.too_many_lines", detail, "/lines")
    cause = Cause(type="sale", id=order.id)
    moves = _moves(call, order, {variant: -quantity for variant, quantity in taken.items()}, cause, blocked)
    counting = [] if counter is None else [_count(call.merchant_id, str(order.register_id), counter)]
    try:
        return _save(call, order, events, 201, [*counting, *moves])
    except ConditionFailed as failed:
        if counting and documents.FIRST_EXTRA in failed.failures:
            raise NumberTaken from failed
        first_move = documents.FIRST_EXTRA + len(counting)
        for position, variant_id in enumerate(taken, start=first_move):
            if position in failed.failures:
                raise _insufficient(order, variant_id, failed.failures[position]) from failed
        raise


def save_order(call: Call[Any, Any], order: Order, events: Sequence[str]) -> Answer:
    """Keep an order's next version."""
    return _save(call, order, events, 200, [])


def cancel_order(call: Call[Any, Any], order: Order) -> Answer:
    """Keep a cancelled order and put its stock back, all or nothing."""
    cause = Cause(type="cancel", id=order.id)
    moves = _moves(call, order, rules.stock_taken(order.lines), cause, frozenset())
    return _save(call, order, ["order.cancelled"], 200, moves)


def list_orders(
    merchant_id: str, *, active: bool, low: str | None, high: str | None, limit: int, cursor: str | None
) -> Page:
    """Orders by creation, newest first; `active` ones only, or those created from `low` to `high`, if given."""
    index = "active" if active else "by_creation"
    keys = dynamo.query(
        TABLE,
        merchant_id,
        index=index,
        key_names=("active_pk" if active else "created_pk", "created_sk"),
        between=(low or " ", f"{high}~" if high else "~"),
        limit=limit,
        cursor=cursor,
        forward=False,
    )
    refs = [documents.ref(TABLE, (key["pk"], key["sk"]), Order) for key in keys.items]
    found = dynamo.fetch(refs)
    return Page([found[ref.table, ref.key] for ref in refs if (ref.table, ref.key) in found], keys.next_cursor)


def _save(
    call: Call[Any, Any],
    order: Order,
    events: Sequence[str],
    status: int,
    extra: "list[TransactWriteItemTypeDef]",
) -> Answer:
    return documents.save(
        call,
        TABLE,
        _order_key(call.merchant_id, order.id),
        order,
        events,
        status=status,
        attributes={
            "created_pk": call.merchant_id,
            "created_sk": f"{order.created_at}#{order.id}",
            "active_pk": None if order.status in ("completed", "cancelled") else call.merchant_id,
            "fingerprint": order.fingerprint,
        },
        extra=extra,
    )


def _moves(
    call: Call[Any, Any], order: Order, deltas: dict[str, Decimal], cause: Cause, blocked: frozenset[str]
) -> "list[TransactWriteItemTypeDef]":
    at: datetime = call.now
    return [
        inventory.move(
            call.merchant_id,
            order.location_id,
            variant_id,
            delta,
            cause,
            call.caller.actor,
            at,
            block=variant_id in blocked,
        )
        for variant_id, delta in deltas.items()
    ]


def _insufficient(order: Order, variant_id: str, level: Item | None) -> DomainError:
    line = rules.line_of(order, variant_id)
    left = decimal_text(inventory.on_hand(level))
    detail = f"Only {left} of {order.lines[line].name} are on hand."
    return DomainError("stock.insufficient", detail, status=409, pointer=f"/lines/{line}/quantity")


def _count(merchant_id: str, register_id: str, counter: Counter) -> "TransactWriteItemTypeDef":
    pk, sk = _counter_key(merchant_id, register_id)
    item = {"pk": pk, "sk": sk, "version": counter.version, "day": counter.day, "number": counter.number}
    return dynamo.put(TABLE, item, version=counter.version - 1)


def _order_key(merchant_id: str, order_id: str) -> tuple[str, str]:
    return f"{merchant_id}#{order_id}", "order"


def _counter_key(merchant_id: str, register_id: str) -> tuple[str, str]:
    return f"{merchant_id}#{register_id}", "counter"


def _read_order(item: Item | None) -> Order | None:
    if item is None:
        return None
    return documents.read(Order, item).model_copy(update={"fingerprint": item.get("fingerprint")})


def _read_counter(item: Item | None) -> Counter:
    return Counter(0, "", 0) if item is None else Counter(int(item["version"]), item["day"], int(item["number"]))
