"""The outbox: every change's events are written in the change's own transaction, as the exact JSON that subscribers
get.

One transaction makes one outbox item in the events table, which holds all its events (a sale that is completed at once
has `order.created` and `order.completed`; both carry the same data, stored once). docs/data.md draws the table.
"""

import json
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from pos import dynamo
from pos.clock import timestamp
from pos.dynamo import Item, Ref
from pos.ids import derived_id
from pos.model import Output

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

TABLE = "events"
SLOT_SECONDS = 300
SLOT_SHARDS = 8
"""Index `by_slot` lists what was written in the same five minutes, an eighth of the merchants in one partition, so that
a sweep finds what the stream has passed over. A partition bears 1,000 writes a second.
"""

_REWRITTEN = 25  # items a transaction: it takes 4 MB, and a document may have some hundred KB


@dataclass(frozen=True, slots=True)
class Entity:
    """What changed: its type (`order`), id and the version that the change made."""

    type: str
    id: str
    version: int


class Part(Output):
    """An event about a part of what changed that is an entity of its own, as a payment is of an order; `data` is JSON.

    It shares the change's outbox item, so that it costs its bytes and not an item.
    """

    type: str
    entity_type: str
    entity_id: str
    version: int
    data: str

    @property
    def entity(self) -> Entity:
        """What the event is about."""
        return Entity(self.entity_type, self.entity_id, self.version)


@dataclass(frozen=True, slots=True)
class Event:
    """A subscriber's view of one event: `body` is the exact JSON that is signed and sent."""

    id: str
    type: str
    entity: Entity
    body: bytes


def item(
    merchant_id: str,
    entity: Entity,
    event_types: Sequence[str],
    data: bytes,
    at: datetime,
    parts: Sequence[Part] = (),
) -> Item:
    """The outbox item of one change: events of `event_types`, in this order, about `entity`, with `data` (JSON) in
    each; then those of its parts.
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
        "types": [*event_types, *(part.type for part in parts)],
        "at": timestamp(at),
        "slot": slot(merchant_id, at),
        "data": dynamo.pack(data),
        "parts": _pack_parts(parts, data) if parts else None,
    }


def write(
    merchant_id: str,
    entity: Entity,
    event_types: Sequence[str],
    data: bytes,
    at: datetime,
    parts: Sequence[Part] = (),
) -> "TransactWriteItemTypeDef":
    """The outbox item, to be part of the change's transaction."""
    return dynamo.put(TABLE, item(merchant_id, entity, event_types, data, at, parts))


def item_key(merchant_id: str, entity_id: str, version: int) -> tuple[str, str]:
    """Where the outbox item of that version lies: an entity's history is one partition, in the order of its
    versions.
    """
    return f"{merchant_id}#{entity_id}", f"v{version:010d}"


def slot(merchant_id: str, at: datetime) -> str:
    """Where the index lists what this merchant writes at this moment; slots are numbers that grow with time."""
    return str(int(at.timestamp()) // SLOT_SECONDS * SLOT_SHARDS + zlib.crc32(merchant_id.encode()) % SLOT_SHARDS)


def history(merchant_id: str, entity_id: str, limit: int, cursor: str | None) -> dynamo.Page:
    """An entity's outbox items, newest first."""
    return dynamo.query(TABLE, f"{merchant_id}#{entity_id}", limit=limit, cursor=cursor, forward=False)


def changes(merchant_id: str, entity_id: str, limit: int, cursor: str | None) -> dynamo.Page:
    """An entity's outbox items, oldest first."""
    return dynamo.query(TABLE, f"{merchant_id}#{entity_id}", limit=limit, cursor=cursor, between=("v", "v~"))


def data_of(merchant_id: str, entity_id: str, version: int) -> bytes:
    """The data that the events of this version carry: the entity as it was then."""
    return dynamo.get(Ref(TABLE, item_key(merchant_id, entity_id, version), _read_data))


def time_ref(merchant_id: str, entity_id: str, version: int) -> Ref[str | None]:
    """When this version was made, by its events; None if it has none."""
    return Ref(TABLE, item_key(merchant_id, entity_id, version), lambda item: None if item is None else item["at"])


def rewrite(merchant_id: str, entity_id: str, change: Callable[[bytes], bytes]) -> None:
    """Have all events of an entity carry what `change` makes of their data: for what may not be kept any longer.

    Whoever reads the feed, or is sent an event, from now on gets the new data under the same ids. Only what `change`
    makes different is written, so a repeat goes on where it was stopped. It is for entities whose events tell of no
    parts.
    """
    cursor = None
    while True:
        page = history(merchant_id, entity_id, _REWRITTEN, cursor)
        writes = []
        for stored in page.items:
            before = dynamo.unpack(stored["data"])
            after = change(before)
            if after != before:
                key = stored["pk"], stored["sk"]
                values = {":data": dynamo.pack(after)}
                writes.append(dynamo.update(TABLE, key, "SET #data = :data", values, names={"#data": "data"}))
        if writes:
            dynamo.transact(writes)
        cursor = page.next_cursor
        if cursor is None:
            return


def event_id(merchant_id: str, entity: Entity, ordinal: int) -> str:
    """The id of a change's event of that ordinal about that entity."""
    return derived_id("evt", merchant_id, entity.type, entity.id, entity.version, ordinal)


def event_ids(stored: Item) -> list[str]:
    """The ids of an outbox item's events, in order: the same change always makes the same ids."""
    return [event_id(stored["merchant_id"], entity, ordinal) for _, entity, ordinal in _heads(stored, _parts(stored))]


def events(stored: Item) -> list[Event]:
    """An outbox item's events, in order, with their exact bodies."""
    parts = _parts(stored)
    heads = _heads(stored, parts)
    whole = dynamo.unpack(stored["data"])
    data = [whole] * (len(heads) - len(parts)) + [part.data.encode() for part in parts]
    return [
        Event(event_id, event_type, entity, _body(event_id, event_type, stored, entity, one))
        for event_id, (event_type, entity, _), one in zip(event_ids(stored), heads, data, strict=True)
    ]


def _pack_parts(parts: Sequence[Part], data: bytes) -> bytes:
    """Two lines a part, its head and its data. Most of it is in the change's own data word for word, so it is packed by
    that and costs a tenth.
    """
    lines = [line for part in parts for line in (part.model_dump_json(exclude={"data"}), part.data)]
    return dynamo.pack("\n".join(lines).encode(), data)


def _parts(stored: Item) -> list[Part]:
    packed = stored.get("parts")
    if not packed:
        return []
    lines = dynamo.unpack(packed, dynamo.unpack(stored["data"])).decode().split("\n")
    return [Part(**json.loads(head), data=data) for head, data in zip(lines[::2], lines[1::2], strict=True)]


def _heads(stored: Item, parts: Sequence[Part]) -> list[tuple[str, Entity, int]]:
    """Each event's type, entity and ordinal: those about the change itself, then those about its parts."""
    entity = Entity(stored["entity_type"], stored["entity_id"], int(stored["version"]))
    own = stored["types"][: len(stored["types"]) - len(parts)]
    return [
        *((event_type, entity, ordinal) for ordinal, event_type in enumerate(own)),
        *((part.type, part.entity, ordinal) for ordinal, part in enumerate(parts)),
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
