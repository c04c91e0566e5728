"""The inventory table.

    level        pk <merchant>#<location>     sk <variant>     index by_variant: pk <merchant>#<variant>, sk <location>
    adjustment   pk <merchant>#<adjustment>   sk adjustment

A level is changed in place by `ADD`, so that sales of the same thing at once do not wait for each other. The change's
size and cause are written on the level with it: the table's stream then has every version of every level, from which
RecordMovements makes the movement ledger and the inventory.updated events (docs/data.md).
"""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from inventory.models import Adjustment, Cause, Level, Movement
from pos import dynamo, outbox
from pos.clock import timestamp
from pos.dynamo import Item, Page, Ref
from pos.ids import derived_id

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

TABLE = "inventory"

_MOVE = (
    "SET kind = :kind, merchant_id = :merchant, location_id = :location, variant_id = :variant, "
    "variant_pk = :variant_pk, variant_sk = :location, created_at = if_not_exists(created_at, :at), updated_at = :at, "
    "delta = :delta, cause = :cause, actor = :actor ADD on_hand :delta, version :one"
)


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
) -> "TransactWriteItemTypeDef":
    """A change of a level, to be part of its cause's transaction; with `block` it fails if too little is on hand."""
    values = {
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
    if block:
        values[":taken"] = -delta
    condition = "on_hand >= :taken" if block else None
    return dynamo.update(TABLE, (f"{merchant_id}#{location_id}", variant_id), _MOVE, values, condition=condition)


def on_hand(item: Item | None) -> Decimal:
    """What was on hand when a blocking `move` failed."""
    found: Decimal = item["on_hand"] if item and "on_hand" in item else Decimal(0)
    return found


def add_adjustment(
    merchant_id: str, adjustment: Adjustment, at: datetime, once: "Sequence[TransactWriteItemTypeDef]"
) -> None:
    """Keep an adjustment and apply its differences, all or nothing."""
    record = {
        "pk": f"{merchant_id}#{adjustment.id}",
        "sk": "adjustment",
        "kind": "adjustment",
        "doc": dynamo.pack(adjustment.json_bytes()),
    }
    cause = Cause(type="adjustment", id=adjustment.id, reason=adjustment.reason)
    moves = [
        move(merchant_id, adjustment.location_id, line.variant_id, line.quantity, cause, adjustment.actor, at)
        for line in adjustment.lines
    ]
    dynamo.transact([dynamo.put(TABLE, record), *moves, *once])


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
        refs = [level_ref(merchant_id, key["variant_sk"], key["sk"]) for key in keys.items]
        found = dynamo.fetch(refs)
        return Page([found[ref.table, ref.key] for ref in refs if (ref.table, ref.key) in found], keys.next_cursor)
    # Other things than levels have partitions of that form, and any id can be asked for as a location's.
    between = ("var_", "var_~") if variant_id is None else (variant_id, variant_id)
    return dynamo.query(TABLE, f"{merchant_id}#{location_id}", between=between, limit=limit, cursor=cursor)


def level(item: Item) -> Level:
    """The level in an item of `list_levels`."""
    return Level(
        variant_id=item["variant_id"],
        location_id=item["location_id"],
        on_hand=item["on_hand"],
        version=int(item["version"]),
        updated_at=item["updated_at"],
    )


def movement_item(item: Item) -> Item:
    """The outbox item of the inventory.updated event for one version of a level, as its table's stream shows it."""
    movement = Movement(
        variant_id=item["variant_id"],
        location_id=item["location_id"],
        on_hand=item["on_hand"],
        change=item["delta"],
        cause=Cause(**item["cause"]),
        actor=item["actor"],
        version=int(item["version"]),
        at=item["updated_at"],
    )
    merchant_id: str = item["merchant_id"]
    entity = outbox.Entity("level", level_id(merchant_id, movement.location_id, movement.variant_id), movement.version)
    at = datetime.fromisoformat(movement.at)
    return outbox.item(merchant_id, entity, ["inventory.updated"], movement.json_bytes(), at)


def list_movements(merchant_id: str, location_id: str, variant_id: str, limit: int, cursor: str | None) -> Page:
    """The outbox items of a level, newest movement first."""
    return outbox.history(merchant_id, level_id(merchant_id, location_id, variant_id), limit, cursor)
