"""Documents: entities with a version, stored as the JSON that the API answers, changed in one transaction with their
events.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar, Self, TypedDict

from pos import dynamo, outbox
from pos.clock import timestamp
from pos.dynamo import Guarded, Item, Ref
from pos.errors import DomainError, StaleVersion
from pos.http import Answer, Call
from pos.model import Output

_MAX_PACKED = 390_000  # an item takes 400 KB, and holds a little more than the document


class LostRace(DomainError):
    """Somebody else changed the document between our reading and writing it."""

    def __init__(self, kind: str) -> None:
        super().__init__("request.conflict", f"The {kind} was changed by somebody else at this moment; try again.")


class Stamp(TypedDict):
    """The fields of a document's first version."""

    version: int
    created_at: str
    updated_at: str


def stamp(now: datetime) -> Stamp:
    """What every new document starts with."""
    return {"version": 1, "created_at": timestamp(now), "updated_at": timestamp(now)}


class Document(Output):
    """An entity: its id, its version (1, 2, 3 …) and when it was made and last changed."""

    KIND: ClassVar[str]

    id: str
    version: int
    created_at: str
    updated_at: str

    def changed(self, now: datetime, **fields: Any) -> Self:
        """The next version of this document, with these fields; the same document is never changed in place."""
        return self.model_copy(update={**fields, "version": self.version + 1, "updated_at": timestamp(now)})


def ref[D: Document](table: str, key: tuple[str, str], model: type[D]) -> Ref[D | None]:
    """Where a document lies, to be read with others in one round trip; None if there is none."""
    return Ref(table, key, lambda item: None if item is None else read(model, item))


def read[D: Document](model: type[D], item: Item) -> D:
    """The document in an item."""
    return model.model_validate_json(dynamo.unpack(item["doc"]))


def save(
    call: Call[Any, Any],
    table: str,
    key: tuple[str, str],
    document: Document,
    events: Sequence[str],
    *,
    status: int = 200,
    attributes: Mapping[str, Any] | None = None,
    parts: Sequence[outbox.Part] = (),
    extra: Sequence[Guarded] = (),
    erasable: bool = False,
) -> Answer:
    """Write the document's new version, its events, those of its `parts`, the caller's idempotency record and `extra`,
    all or nothing.

    `attributes` go beside the document, for conditions and indexes. Of what shall be `erasable`, the idempotency record
    names the event that has the answer instead of keeping a copy; the function then has to read events. Refuses with
    412 (an `If-Match` was sent) or 409 when the stored version is no longer the one before; raises what `extra` says
    when a condition there fails.
    """
    body = document.json_bytes()
    answer = Answer(status, body, document.version, entity_id=document.id if erasable else None)
    dynamo.commit(
        [
            *writes(call, table, key, document, body, events, attributes=attributes, parts=parts),
            *extra,
            *map(Guarded, call.once(answer)),
        ]
    )
    return answer


def writes(
    call: Call[Any, Any],
    table: str,
    key: tuple[str, str],
    document: Document,
    body: bytes,
    events: Sequence[str],
    *,
    attributes: Mapping[str, Any] | None = None,
    parts: Sequence[outbox.Part] = (),
) -> list[Guarded]:
    """The document's new version and its events, to be part of a transaction."""
    entity = outbox.Entity(document.KIND, document.id, document.version)
    put = dynamo.put(table, item(key, document, body, attributes or {}), version=document.version - 1)
    return [
        Guarded(put, lambda found: lost_race(call, document, int(found["version"]) if found else 0)),
        Guarded(outbox.write(call.merchant_id, entity, events, body, call.now, parts)),
    ]


def item(key: tuple[str, str], document: Document, body: bytes, attributes: Mapping[str, Any]) -> Item:
    """The item that keeps a document; 413 if it cannot be kept in one."""
    pk, sk = key
    return {"pk": pk, "sk": sk, "version": document.version, **attributes, "doc": pack(body, document.KIND)}


def pack(body: bytes, kind: str) -> bytes:
    """A document of this kind as an item keeps it; 413 if it cannot be kept in one."""
    packed = dynamo.pack(body)
    if len(packed) > _MAX_PACKED:
        raise DomainError("request.too_large", f"This makes a {kind} too large to be kept.", status=413)
    return packed


def lost_race(call: Call[Any, Any], document: Document, current: int) -> DomainError:
    """The refusal of a new version when the stored one, `current`, is not the one before it."""
    if document.version == 1:
        return DomainError(f"{document.KIND}.already_exists", f"There is a {document.KIND} {document.id} already.")
    if call.if_match is not None:
        return StaleVersion(call.if_match, current)
    return LostRace(document.KIND)
