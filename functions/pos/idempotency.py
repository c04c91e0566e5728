"""Idempotency keys: a record in the operation's own transaction, so that a repeated request finds the first one's
answer.

The record costs 2 write units when a key is sent and nothing otherwise; it is read only when a request was refused, for
then it may be the repeat of one that succeeded.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from pos import dynamo
from pos.dynamo import Item, Ref
from pos.errors import DomainError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

TABLE = "idempotency"
KEPT = timedelta(days=30)
"""How long a key is remembered: a register may be offline for weeks before its queue goes up."""


@dataclass(frozen=True, slots=True)
class Record:
    """The first request's fingerprint and what it was answered: a body, or what the events of an entity's version
    carry.
    """

    fingerprint: str
    status: int
    body: bytes | None
    version: int | None
    entity_id: str | None = None


def fingerprint(*parts: str) -> str:
    """A digest of what makes two requests the same."""
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()


def valid_key(key: str | None) -> str | None:
    """The `Idempotency-Key` header: 1 to 255 printable ASCII characters, or none."""
    if key is None:
        return None
    if not 1 <= len(key) <= 255 or not (key.isascii() and key.isprintable()):
        raise DomainError(
            "idempotency.invalid_key", "Idempotency-Key takes 1 to 255 printable ASCII characters.", status=400
        )
    return key


def write(merchant_id: str, key: str, record: Record, now: datetime) -> "TransactWriteItemTypeDef":
    """The record, to be part of the operation's transaction; its condition fails if the key was used before."""
    pk, sk = _key(merchant_id, key)
    item = {
        "pk": pk,
        "sk": sk,
        "fingerprint": record.fingerprint,
        "status": record.status,
        "body": None if record.body is None else dynamo.pack(record.body),
        "entity_version": record.version,
        "entity_id": record.entity_id,
        "expires_at": int((now + KEPT).timestamp()),
    }
    return dynamo.put(TABLE, item)


def find(merchant_id: str, key: str) -> Record | None:
    """The record of this key, if it was used."""
    return dynamo.get(Ref(TABLE, _key(merchant_id, key), _read))


def check(record: Record, fingerprint: str) -> None:
    """Refuse (422) a key that was used for another request."""
    if record.fingerprint != fingerprint:
        raise DomainError("idempotency.mismatch", "This Idempotency-Key was used for a different request.", status=422)


def _key(merchant_id: str, key: str) -> tuple[str, str]:
    return f"{merchant_id}#{key}", "idempotency"


def _read(item: Item | None) -> Record | None:
    if item is None:
        return None
    body = dynamo.unpack(item["body"]) if "body" in item else None
    version = int(item["entity_version"]) if "entity_version" in item else None
    return Record(item["fingerprint"], int(item["status"]), body, version, item.get("entity_id"))
