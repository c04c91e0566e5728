"""Messages that applications send us: kept before they are answered, worked through in order, each at least once.

store.py draws the items.
"""

import hashlib
import hmac
from base64 import b64encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from pos import clock, dynamo
from pos.clock import timestamp
from pos.dynamo import ConditionFailed, Guarded, Item, Ref
from pos.errors import DomainError
from pos.links import TABLE
from pos.model import Output
from sync.connectors.models import MAX_STUCK, Stuck, signing_key

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

TOLERANCE = timedelta(minutes=5)
"""How far a message's time may be from ours: what is older may be a recording (Standard Webhooks)."""
_KEPT = timedelta(days=30)
_LONGEST_WAIT = timedelta(hours=6)
_MOST_SIGNATURES = 10


class Message(Output):
    """A message and what became of it. `problem` is why it could not be worked through; it is tried again."""

    version: int = 1
    id: str
    received_at: str
    tried_at: str | None = None
    attempts: int = 0
    code: str | None = None
    detail: str | None = None
    done_at: str | None = None


@dataclass(frozen=True, slots=True)
class Address:
    """Whose messages come to an address."""

    merchant_id: str
    source_id: str


# --- the address and the proof ---------------------------------------------------------------------------------------


def address_ref(address: str) -> Ref[Address | None]:
    """Whose messages come to this address; None if nobody's."""
    return Ref(TABLE, (f"inbound#{address}", "inbound"), _read_address)


def address_write(address: str, merchant_id: str, source_id: str) -> Guarded:
    """The address of a source, to be part of a transaction."""
    item = {"pk": f"inbound#{address}", "sk": "inbound", "merchant_id": merchant_id, "source_id": source_id}
    return Guarded(dynamo.put(TABLE, item, version=None))


def check_signature(secret: str, headers: Mapping[str, str], body: bytes, now: datetime) -> None:
    """Refuse (401) what is not signed by this secret, or was signed at another time.

    https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
    """
    id, seconds = headers["webhook-id"], headers["webhook-timestamp"]
    if not (1 <= len(id) <= 200 and id.isascii() and id.isprintable() and "#" not in id):
        raise _unproven("webhook-id must be 1 to 200 printable ASCII characters without #.")
    if not (seconds.isascii() and seconds.isdecimal() and len(seconds) <= 12):
        raise _unproven("webhook-timestamp must be a number of seconds.")
    if abs(now.timestamp() - int(seconds)) > TOLERANCE.total_seconds():
        raise _unproven("webhook-timestamp is more than 5 minutes from our time.")
    signed = f"{id}.{seconds}.".encode() + body
    expected = b"v1," + b64encode(hmac.digest(signing_key(secret), signed, hashlib.sha256))
    given = headers["webhook-signature"].encode(errors="replace").split(b" ")[:_MOST_SIGNATURES]
    if not any(hmac.compare_digest(one, expected) for one in given):
        raise _unproven("No signature fits the body and this source's signing_secret.")


def _unproven(detail: str) -> DomainError:
    return DomainError("inbound.unproven", detail, status=401)


# --- keeping ---------------------------------------------------------------------------------------------------------


def keep(merchant_id: str, source_id: str, id: str, body: bytes, now: datetime) -> bool:
    """Keep a message; False if it was kept before, and is not to be worked through again."""
    message = Message(id=id, received_at=timestamp(now))
    item = _item(merchant_id, source_id, message, dynamo.pack(body))
    try:
        dynamo.transact([dynamo.put(TABLE, item)])
    except ConditionFailed:
        before = dynamo.get(Ref(TABLE, (_pk(merchant_id, source_id), id), _read_item))
        return before is not None and "open_pk" in before
    return True


def unfinished(merchant_id: str, source_id: str) -> tuple[Stuck, ...]:
    """Messages that could not be worked through, the oldest first."""
    found = []
    for item in open_items(merchant_id, source_id):
        message = read(item)
        if message.code is not None:
            found.append(
                Stuck(
                    kind="message",
                    direction="in",
                    id=message.id,
                    code=message.code,
                    detail=message.detail or "",
                    since=message.received_at,
                    attempts=message.attempts,
                )
            )
        if len(found) == MAX_STUCK:
            break
    return tuple(found)


# --- items -----------------------------------------------------------------------------------------------------------


def open_items(merchant_id: str, source_id: str) -> Iterator[Item]:
    """What came and is not done, the oldest first."""
    pk = _pk(merchant_id, source_id)
    cursor = None
    while True:
        keys = dynamo.query(TABLE, pk, index="open", key_names=("open_pk", "open_sk"), limit=25, cursor=cursor)
        refs = [Ref(TABLE, (key["pk"], key["sk"]), _read_item) for key in keys.items]
        found = dynamo.fetch(refs)
        items = [found[ref.table, ref.key] for ref in refs if (ref.table, ref.key) in found]
        yield from (item for item in items if "open_pk" in item)
        cursor = keys.next_cursor
        if cursor is None:
            return


def write(merchant_id: str, source_id: str, message: Message, body: bytes) -> "TransactWriteItemTypeDef":
    """The message's new version, with its body as it was packed."""
    return dynamo.put(TABLE, _item(merchant_id, source_id, message, body), version=message.version - 1)


def _item(merchant_id: str, source_id: str, message: Message, body: bytes) -> Item:
    pk = _pk(merchant_id, source_id)
    done = message.done_at is not None
    return {
        "pk": pk,
        "sk": message.id,
        "version": message.version,
        "doc": dynamo.pack(message.json_bytes()),
        "body": body,
        "open_pk": None if done else pk,
        "open_sk": None if done else f"{message.received_at}#{message.id}",
        "expires_at": int((clock.now() + _KEPT).timestamp()) if done else None,
    }


def _pk(merchant_id: str, source_id: str) -> str:
    return f"{merchant_id}#{source_id.removeprefix('src_')}#message"


def read(item: Item) -> Message:
    """The message in an item."""
    return Message.model_validate_json(dynamo.unpack(item["doc"]))


def _read_item(item: Item | None) -> Item | None:
    return item


def _read_address(item: Item | None) -> Address | None:
    return None if item is None else Address(item["merchant_id"], item["source_id"])
