"""The outbox: every change's events are written in the change's own transaction, as the exact JSON that subscribers
get.

One transaction makes one outbox item in the events table, which holds all its events (a sale that is completed at once
has `order.created` and `order.completed`; both carry the same data, stored once). docs/data.md draws the table.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from pos import dynamo
from pos.clock import timestamp
from pos.dynamo import Item, Ref
from pos.ids import derived_id

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

TABLE = "events"


@dataclass(frozen=True, slots=True)
class Entity:
    """What changed: its type (`order`), id and the version that the change made."""

    type: str
    id: str
    version: int


@dataclass(frozen=True, slots=True)
class Event:
    """A subscriber's view of one event: `body` is the exact JSON that is signed and sent."""

    id: str
    type: str
    entity: Entity
    body: bytes


def item(merchant_id: str, entity: Entity, event_types: Sequence[str], data: bytes, at: datetime) -> Item:
    """The outbox item of one change: events of `event_types`, in this order, about `entity`, with `data` (JSON) in
    each.
    """
    key = item_key(merchant_id, entity.id, entity.version)
    return {
        "pk": key[0],
        "sk": key[1],
        "kind": "outbox",
        "merchant_id": merchant_id,
        "entity_type": entity.type,
        "entity_id": entity.id,
        "version": entity.version,
        "types": list(event_types),
        "at": timestamp(at),
        "data": dynamo.pack(data),
    }


def write(
    merchant_id: str, entity: Entity, event_types: Sequence[str], data: bytes, at: datetime
) -> "TransactWriteItemTypeDef":
    """The outbox item, to be part of the change's transaction."""
    return dynamo.put(TABLE, item(merchant_id, entity, event_types, data, at))


def item_key(merchant_id: str, entity_id: str, version: int) -> tuple[str, str]:
    """Where the outbox item of that version lies: an entity's history is one partition, in the order of its
    versions.
    """
    return f"{merchant_id}#{entity_id}", f"v{version:010d}"


def history(merchant_id: str, entity_id: str, limit: int, cursor: str | None) -> dynamo.Page:
    """An entity's outbox items, newest first."""
    return dynamo.query(TABLE, f"{merchant_id}#{entity_id}", limit=limit, cursor=cursor, forward=False)


def data_of(merchant_id: str, entity_id: str, version: int) -> bytes:
    """The data that the events of this version carry: the entity as it was then."""
    return dynamo.get(Ref(TABLE, item_key(merchant_id, entity_id, version), _read_data))


def event_ids(stored: Item) -> list[str]:
    """The ids of an outbox item's events, in order: the same change always makes the same ids."""
    return [
        derived_id(
            "evt", stored["merchant_id"], stored["entity_type"], stored["entity_id"], int(stored["version"]), ordinal
        )
        for ordinal in range(len(stored["types"]))
    ]


def events(stored: Item) -> list[Event]:
    """An outbox item's events, in order, with their exact bodies."""
    entity = Entity(stored["entity_type"], stored["entity_id"], int(stored["version"]))
    data = dynamo.unpack(stored["data"])
    return [
        Event(event_id, event_type, entity, _body(event_id, event_type, stored, entity, data))
        for event_id, event_type in zip(event_ids(stored), stored["types"], strict=True)
    ]


def _body(event_id: str, event_type: str, stored: Item, entity: Entity, data: bytes) -> bytes:
    head: dict[str, Any] = {
        "id": event_id,
        "type": event_type,
        "timestamp": stored["at"],
        "merchant_id": stored["merchant_id"],
        "entity": {"type": entity.type, "id": entity.id, "version": entity.version},
    }
    return json.dumps(head, separators=(",", ":")).encode()[:-1] + b',"data":' + data + b"}"


def _read_data(item: Item | None) -> bytes:
    if item is None:
        raise LookupError("an entity has no outbox item for one of its versions")
    return dynamo.unpack(item["data"])
