"""The inventory table.

    level        pk <merchant>#<location>     sk <variant>     index by_variant: pk <merchant>#<variant>, sk <location>
    adjustment   pk <merchant>#<adjustment>   sk adjustment
    receipt      pk <merchant>                sk stock_receipt#<id>
    transfer     pk <merchant>                sk transfer#<id>
    count        pk <merchant>                sk count#<id>    its phase and lines: counts.py

    index watched, of what somebody has to look after:
    transfer in transit   pk <merchant>#transfer   sk <destination>#<id>
    count under way       pk <merchant>#count      sk <location>#<id>
    level with threshold  pk <merchant>#<location> sk <variant>

A level is changed in place by `ADD`, so that sales of the same thing at once do not wait for each other. The change's
size and cause are written on the level with it: the table's stream then has every version of every level, from which
RecordMovements makes the movement ledger and the inventory.updated events (docs/data.md). Only what comes in at a cost
of its own reads the level first, for the average that it leads to, and is done again if the level moved meanwhile.
"""

from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from inventory import rules
from inventory.models import Adjustment, Cause, Count, Level, Movement, StockReceipt, Transfer
from pos import documents, dynamo, outbox
from pos.clock import timestamp
from pos.documents import Document
from pos.dynamo import Guarded, Item, Page, Ref
from pos.errors import DomainError, NotFound
from pos.http import Answer, Call
from pos.ids import derived_id
from pos.model import decimal_text

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

TABLE = "inventory"

_ATTEMPTS = 12
_PAGE = 1000
_VARIANTS = ("var_", "var_~")
"""Other things than levels have partitions of that form, and any id can be asked for as a location's."""

_MOVE = (
    "SET kind = :kind, merchant_id = :merchant, location_id = :location, variant_id = :variant, "
    "variant_pk = :variant_pk, variant_sk = :location, created_at = if_not_exists(created_at, :at), updated_at = :at, "
    "delta = :delta, cause = :cause, actor = :actor"
)


class Outrun(Exception):
    """A level moved between our reading and writing it: read it again."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """What comes to a location, each at `unit_cost`; at the level's own average if that is None."""

    location_id: str
    variant_id: str
    quantity: Decimal
    unit_cost: Decimal | None


def level_id(merchant_id: str, location_id: str, variant_id: str) -> str:
    """The id under which events name a level."""
    return derived_id("lvl", merchant_id, location_id, variant_id)


def level_ref(merchant_id: str, location_id: str, variant_id: str) -> Ref[Level | None]:
    """A stock level; None if nothing ever moved it."""
    return Ref(TABLE, (f"{merchant_id}#{location_id}", variant_id), lambda item: level(item) if item else None)


def move(
    merchant_id: str,
    location_id: str,
    variant_id: str,
    delta: Decimal,
    cause: Cause,
    actor: str,
    at: datetime,
    *,
    block: bool = False,
    first_cost: int | None = None,
) -> "TransactWriteItemTypeDef":
    """A change of a level at its average cost, to be part of its cause's transaction; with `block` it fails if too
    little is on hand. A level whose cost is not known takes `first_cost` for its average.
    """
    return _change(
        (merchant_id, location_id, variant_id),
        delta,
        cause,
        actor,
        at,
        sets="" if first_cost is None else "average_cost = if_not_exists(average_cost, :first)",
        condition="on_hand >= :taken" if block else None,
        values={":first": first_cost, ":taken": -delta if block else None},
    )


def _change(
    place: tuple[str, str, str],
    delta: Decimal,
    cause: Cause,
    actor: str,
    at: datetime,
    *,
    sets: str = "",
    removes: str = "unit_cost",
    condition: str | None = None,
    values: Mapping[str, Any],
) -> "TransactWriteItemTypeDef":
    """The next version of a level (its merchant, location and variant), which also sets and removes these; `values` are
    those that are used, and None for those that are not.
    """
    merchant_id, location_id, variant_id = place
    expression = f"{_MOVE}{sets and ', '}{sets}{removes and ' REMOVE '}{removes} ADD on_hand :delta, version :one"
    moved = {
        ":kind": "level",
        ":merchant": merchant_id,
        ":location": location_id,
        ":variant": variant_id,
        ":variant_pk": f"{merchant_id}#{variant_id}",
        ":at": timestamp(at),
        ":delta": delta,
        ":cause": cause.model_dump(exclude_none=True),
        ":actor": actor,
        ":one": 1,
    }
    key = (f"{merchant_id}#{location_id}", variant_id)
    return dynamo.update(TABLE, key, expression, {**moved, **values}, condition=condition)


def _unmoved(there: Level | None) -> tuple[str, dict[str, Any]]:
    """The condition that a level is as it was read, with its values."""
    if there is None:
        return "attribute_not_exists(pk)", {}
    return "version = :was", {":was": there.version}


def _arrive(call: Call[Any, Any], one: Arrival, cause: Cause, there: Level | None) -> Guarded:
    place = (call.merchant_id, one.location_id, one.variant_id)
    if one.unit_cost is None:
        return Guarded(move(*place, one.quantity, cause, call.caller.actor, call.now))
    condition, was = _unmoved(there)
    average = rules.average_cost(there, one.quantity, one.unit_cost)
    change = _change(
        place,
        one.quantity,
        cause,
        call.caller.actor,
        call.now,
        sets="unit_cost = :unit_cost, average_cost = :average",
        removes="",
        condition=condition,
        values={**was, ":unit_cost": one.unit_cost, ":average": average},
    )
    return Guarded(change, Outrun())


def follow(
    call: Call[Any, Any],
    place: tuple[str, str],
    delta: Decimal,
    cause: Cause,
    first_cost: int | None,
    there: Level | None,
    *,
    as_read: bool,
) -> Guarded:
    """A change of a level (its location and variant), to be part of the transaction of what makes it; with `as_read` it
    raises `Outrun` if the level is not as `there` any more. `first_cost` is as for `move`.
    """
    condition, was = _unmoved(there) if as_read else (None, {})
    change = _change(
        (call.merchant_id, *place),
        delta,
        cause,
        call.caller.actor,
        call.now,
        sets="" if first_cost is None else "average_cost = if_not_exists(average_cost, :first)",
        condition=condition,
        values={**was, ":first": first_cost},
    )
    return Guarded(change, Outrun())


def on_hand(item: Item | None) -> Decimal:
    """What was on hand when a blocking `move` failed."""
    found: Decimal = item["on_hand"] if item and "on_hand" in item else Decimal(0)
    return found


def set_threshold(
    call: Call[Any, Any], location_id: str, variant_id: str, threshold: Decimal | None, there: Level | None
) -> Answer:
    """Set a level's threshold, as a movement of nothing: it is the next version of the level. `there` is the level
    before it; raises `Outrun` if it moved meanwhile.
    """
    place = (call.merchant_id, location_id, variant_id)
    condition, was = _unmoved(there)
    watched = "watch_pk = :watch, watch_sk = :variant, threshold = :threshold"
    change = _change(
        place,
        Decimal(0),
        Cause(type="threshold", id=level_id(*place)),
        call.caller.actor,
        call.now,
        sets="" if threshold is None else watched,
        removes="unit_cost" if threshold is not None else "unit_cost, watch_pk, watch_sk, threshold",
        condition=condition,
        values={
            **was,
            ":threshold": threshold,
            ":watch": None if threshold is None else f"{call.merchant_id}#{location_id}",
        },
    )
    on_hand = there.on_hand if there else Decimal(0)
    level = Level(
        variant_id=variant_id,
        location_id=location_id,
        on_hand=on_hand,
        average_cost=there.average_cost if there else None,
        value=there.value if there else None,
        threshold=threshold,
        low_stock=rules.is_low(on_hand, threshold),
        version=there.version + 1 if there else 1,
        updated_at=timestamp(call.now),
    )
    answer = Answer(200, level.json_bytes(), level.version)
    dynamo.commit([Guarded(change, Outrun()), *map(Guarded, call.once(answer))])
    return answer


def add_adjustment(
    merchant_id: str,
    adjustment: Adjustment,
    costs: Sequence[int | None],
    day: str,
    at: datetime,
    once: "Sequence[TransactWriteItemTypeDef]",
) -> None:
    """Keep an adjustment and apply its differences, all or nothing; `costs` are what the catalog says that each line's
    variant costs, for levels that know no better, `day` is the business day there.
    """
    record = {
        "pk": f"{merchant_id}#{adjustment.id}",
        "sk": "adjustment",
        "kind": "adjustment",
        "doc": dynamo.pack(adjustment.json_bytes()),
    }
    cause = Cause(type="adjustment", id=adjustment.id, reason=adjustment.reason, business_date=day)
    moves = [
        move(
            merchant_id,
            adjustment.location_id,
            line.variant_id,
            line.quantity,
            cause,
            adjustment.actor,
            at,
            first_cost=cost,
        )
        for line, cost in zip(adjustment.lines, costs, strict=True)
    ]
    dynamo.transact([dynamo.put(TABLE, record), *moves, *once])


def add_receipt(call: Call[Any, Any], receipt: StockReceipt, day: str) -> Answer:
    """Keep a receipt and take in what came, all or nothing, on this business day there."""
    arrivals = [Arrival(receipt.location_id, line.variant_id, line.quantity, line.unit_cost) for line in receipt.lines]
    cause = Cause(type="receipt", id=receipt.id, business_date=day)
    return _save_arrivals(call, receipt, "stock_receipt.created", cause, arrivals)


def add_transfer(call: Call[Any, Any], transfer: Transfer, blocked: Container[str], day: str) -> Answer:
    """Keep a transfer and take what it sends from where it is, all or nothing, at what it costs there, on this business
    day there; 409 `stock.insufficient` if there is too little of what is `blocked`.
    """

    def send(levels: Sequence[Level | None]) -> tuple[Document, list[Guarded]]:
        lines = tuple(
            line.model_copy(update={"unit_cost": there.average_cost if there else None})
            for line, there in zip(transfer.lines, levels, strict=True)
        )
        sent = transfer.model_copy(update={"lines": lines})
        return sent, [_depart(call, sent, position, blocked, day) for position in range(len(lines))]

    places = [(transfer.from_location_id, line.variant_id) for line in transfer.lines]
    return _save(call, "transfer.created", places, send)


def receive_transfer(call: Call[Any, Any], transfer: Transfer, day: str) -> Answer:
    """Keep a transfer's new version, and take in what arrived, on this business day where it did."""
    arrivals = [
        Arrival(transfer.to_location_id, line.variant_id, line.received, line.unit_cost)
        for line in transfer.lines
        if line.received
    ]
    cause = Cause(type="transfer_in", id=transfer.id, business_date=day)
    return _save_arrivals(call, transfer, "transfer.received", cause, arrivals)


def cancel_transfer(call: Call[Any, Any], transfer: Transfer, day: str) -> Answer:
    """Keep a transfer's new version, and take back what was sent, on this business day where it came from."""
    arrivals = [
        Arrival(transfer.from_location_id, line.variant_id, line.quantity, line.unit_cost) for line in transfer.lines
    ]
    cause = Cause(type="transfer_in", id=transfer.id, reason="cancelled", business_date=day)
    return _save_arrivals(call, transfer, "transfer.cancelled", cause, arrivals)


def _save_arrivals(
    call: Call[Any, Any], document: Document, event: str, cause: Cause, arrivals: Sequence[Arrival]
) -> Answer:
    def take_in(levels: Sequence[Level | None]) -> tuple[Document, list[Guarded]]:
        return document, [_arrive(call, one, cause, there) for one, there in zip(arrivals, levels, strict=True)]

    return _save(call, event, [(one.location_id, one.variant_id) for one in arrivals], take_in)


def _save(
    call: Call[Any, Any],
    event: str,
    places: Sequence[tuple[str, str]],
    change: Callable[[Sequence[Level | None]], tuple[Document, list[Guarded]]],
) -> Answer:
    """Keep a document's new version and what it moves, both made from the levels of `places` (location, variant); done
    again for as long as these move meanwhile.
    """
    refs = [level_ref(call.merchant_id, *place) for place in places]
    for attempt in range(_ATTEMPTS):
        found = dynamo.fetch(refs)
        document, moves = change([dynamo.resolve(ref, found) for ref in refs])
        try:
            return documents.save(
                call,
                TABLE,
                document_key(call.merchant_id, document),
                document,
                [event],
                status=201 if document.version == 1 else 200,
                attributes=watch_key(call.merchant_id, document),
                extra=moves,
            )
        except Outrun:
            dynamo.pause(attempt)
    raise dynamo.Busy


def _depart(call: Call[Any, Any], transfer: Transfer, position: int, blocked: Container[str], day: str) -> Guarded:
    line = transfer.lines[position]
    block = line.variant_id in blocked
    known = "attribute_not_exists(average_cost)" if line.unit_cost is None else "average_cost = :cost"
    change = _change(
        (call.merchant_id, transfer.from_location_id, line.variant_id),
        -line.quantity,
        Cause(type="transfer_out", id=transfer.id, business_date=day),
        call.caller.actor,
        call.now,
        condition=f"{known} AND on_hand >= :taken" if block else known,
        values={":cost": line.unit_cost, ":taken": line.quantity if block else None},
    )

    def refusal(found: Item | None) -> Exception:
        left = on_hand(found)
        if not block or left >= line.quantity:
            return Outrun()
        detail = f"Only {decimal_text(left)} of {line.variant_id} are on hand."
        return DomainError("stock.insufficient", detail, status=409, pointer=f"/lines/{position}/quantity")

    return Guarded(change, refusal)


def get_document[D: Document](merchant_id: str, model: type[D], id: str) -> D:
    """A receipt, transfer or count, by its id; 404 if the merchant has none such."""
    document = dynamo.get(documents.ref(TABLE, (merchant_id, f"{model.KIND}#{id}"), model))
    if document is None:
        raise NotFound(model.KIND, id)
    return document


def list_documents(merchant_id: str, model: type[Document], limit: int, cursor: str | None) -> Page:
    """Receipts, transfers or counts, newest first, as items whose `doc` is the JSON to answer."""
    kind = model.KIND
    return dynamo.query(
        TABLE, merchant_id, between=(f"{kind}#", f"{kind}#~"), limit=limit, cursor=cursor, forward=False
    )


def list_watched(
    merchant_id: str, model: type[Document], location_id: str | None, limit: int, cursor: str | None
) -> Page:
    """Transfers in transit by their destinations, or counts under way by their locations, of one of them if it is
    named; as items whose `doc` is the JSON to answer.
    """
    between = (f"{location_id}#", f"{location_id}#~") if location_id else (" ", "~")
    return _watched(f"{merchant_id}#{model.KIND}", between, limit, cursor)


def _watched(pk: str, between: tuple[str, str], limit: int, cursor: str | None) -> Page:
    keys = dynamo.query(
        TABLE,
        pk,
        index="watched",
        key_names=("watch_pk", "watch_sk"),
        between=between,
        limit=limit,
        cursor=cursor,
    )
    # The index may be behind: what is not watched any more has no such key.
    return Page([item for item in _items(keys) if item.get("watch_pk") == pk], keys.next_cursor)


def _items(keys: Page) -> list[Item]:
    """The items of a page of an index, as they are now."""
    refs = [Ref(TABLE, (key["pk"], key["sk"]), lambda item: item) for key in keys.items]
    found = dynamo.fetch(refs)
    return [found[ref.table, ref.key] for ref in refs if (ref.table, ref.key) in found]


def document_key(merchant_id: str, document: Document) -> tuple[str, str]:
    """Where a receipt, transfer or count lies."""
    return merchant_id, f"{document.KIND}#{document.id}"


def watch_key(merchant_id: str, document: Document) -> Item:
    """The key by which a document is found while it is on its way."""
    match document:
        case Transfer(status="in_transit", to_location_id=to_location_id):
            return {"watch_pk": f"{merchant_id}#{Transfer.KIND}", "watch_sk": f"{to_location_id}#{document.id}"}
        case Count(status="counting" | "completing", location_id=location_id):
            return {"watch_pk": f"{merchant_id}#{Count.KIND}", "watch_sk": f"{location_id}#{document.id}"}
    return {}


def list_levels(
    merchant_id: str, location_id: str | None, variant_id: str | None, limit: int, cursor: str | None
) -> Page:
    """Levels at a location, of a variant, or the one of both, as items that `level` reads."""
    if location_id is None:
        keys = dynamo.query(
            TABLE,
            f"{merchant_id}#{variant_id}",
            index="by_variant",
            key_names=("variant_pk", "variant_sk"),
            limit=limit,
            cursor=cursor,
        )
        return Page(_items(keys), keys.next_cursor)
    between = _VARIANTS if variant_id is None else (variant_id, variant_id)
    return dynamo.query(TABLE, f"{merchant_id}#{location_id}", between=between, limit=limit, cursor=cursor)


def everything(pk: str, between: tuple[str, str]) -> Iterator[Item]:
    """Everything in a part of a partition."""
    cursor = None
    while True:
        page = dynamo.query(TABLE, pk, between=between, limit=_PAGE, cursor=cursor)
        yield from page.items
        cursor = page.next_cursor
        if cursor is None:
            return


def list_low(merchant_id: str, location_id: str, limit: int, cursor: str | None) -> Page:
    """The levels of a location that are at their thresholds or below, as items that `level` reads: reads only those
    that have a threshold, of which a page may hold fewer than it read.
    """
    page = _watched(f"{merchant_id}#{location_id}", (" ", "~"), limit, cursor)
    low = [item for item in page.items if rules.is_low(item["on_hand"], item["threshold"])]
    return Page(low, page.next_cursor)


def all_levels(merchant_id: str, location_id: str) -> Iterator[Level]:
    """Every level at a location."""
    return map(level, everything(f"{merchant_id}#{location_id}", _VARIANTS))


def levels_after(merchant_id: str, location_id: str, variant_id: str, limit: int) -> list[Level]:
    """The next levels of a location behind that of a variant (behind "": from the first)."""
    between = (f"{variant_id}!" if variant_id else _VARIANTS[0], _VARIANTS[1])
    return [
        level(item) for item in dynamo.query(TABLE, f"{merchant_id}#{location_id}", between=between, limit=limit).items
    ]


def level(item: Item) -> Level:
    """The level in an item of `list_levels`."""
    on_hand, cost, threshold = item["on_hand"], item.get("average_cost"), item.get("threshold")
    return Level(
        variant_id=item["variant_id"],
        location_id=item["location_id"],
        on_hand=on_hand,
        average_cost=cost,
        value=None if cost is None else rules.worth(on_hand, cost),
        threshold=threshold,
        low_stock=rules.is_low(on_hand, threshold),
        version=int(item["version"]),
        updated_at=item["updated_at"],
    )


def movement_item(item: Item) -> Item:
    """The outbox item for one version of a level, as its table's stream shows it: its inventory.updated, and its
    inventory.low_stock if that made it low. All of it follows from the version itself.
    """
    movement = Movement(
        variant_id=item["variant_id"],
        location_id=item["location_id"],
        on_hand=item["on_hand"],
        change=item["delta"],
        unit_cost=item.get("unit_cost", item.get("average_cost")),
        average_cost=item.get("average_cost"),
        threshold=item.get("threshold"),
        cause=Cause(**item["cause"]),
        actor=item["actor"],
        version=int(item["version"]),
        at=item["updated_at"],
    )
    merchant_id: str = item["merchant_id"]
    entity = outbox.Entity("level", level_id(merchant_id, movement.location_id, movement.variant_id), movement.version)
    at = datetime.fromisoformat(movement.at)
    types = ["inventory.updated", "inventory.low_stock"] if rules.became_low(movement) else ["inventory.updated"]
    return outbox.item(merchant_id, entity, types, movement.json_bytes(), at)


def list_movements(merchant_id: str, location_id: str, variant_id: str, limit: int, cursor: str | None) -> Page:
    """The outbox items of a level, newest movement first."""
    return outbox.history(merchant_id, level_id(merchant_id, location_id, variant_id), limit, cursor)
