"""DynamoDB, as far as Kasir needs it: typed reads in one round trip, pages with cursors, transactions that retry
conflicts.

Every partition key starts with the merchant's id, so a caller's keys cannot reach another merchant's items. Documents
(orders, products, ...) are stored as the very JSON that the API answers, compressed (`pack`), beside the few plain
attributes that conditions and indexes need: an item costs write units by its size, and JSON packs to about a fifth.
"""

import base64
import binascii
import json
import os
import random
import time
import uuid
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

import botocore.exceptions

from pos import aws, metrics
from pos.errors import DomainError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

type Item = dict[str, Any]
"""An item in Python's own types: str, int, Decimal, bytes, bool, None, list, dict."""

_MAX_TRANSACTION_ITEMS = 100
_LONGEST_KEY = 1024  # bytes of a sort key
_RETRYABLE = {"TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"}
THROTTLES = {
    "TransactionInProgressException",
    "ProvisionedThroughputExceededException",
    "ThrottlingException",
    "RequestLimitExceeded",
}
_ATTEMPTS = 12  # with full jitter up to 800 ms: about 3 s of patience in all, well inside a function's time limit


def table(name: str) -> str:
    """The full name of one of this stack's tables (`orders` -> `local-orders`)."""
    return f"{os.environ['STACK_NAME']}-{name}"


def encode(item: Mapping[str, Any]) -> dict[str, Any]:
    """Python's types to DynamoDB's, dropping attributes that are None (an absent index key keeps an index sparse)."""
    return {name: _encode_value(value) for name, value in item.items() if value is not None}


def decode(item: Mapping[str, Any]) -> Item:
    """DynamoDB's types to Python's."""
    return {name: _decode_value(value) for name, value in item.items()}


# boto3.dynamodb.types does the same, but brings all of boto3 to each cold start, and takes four times as long to encode
# (docs/performance.md).


def _encode_value(value: Any) -> dict[str, Any]:
    match value:
        case str():
            return {"S": value}
        case bool():
            return {"BOOL": value}
        case int() | Decimal():
            return {"N": str(value)}
        case bytes():
            return {"B": value}
        case None:
            return {"NULL": True}
        case Mapping():
            return {"M": {name: _encode_value(one) for name, one in value.items()}}
        case list() | tuple():
            return {"L": [_encode_value(one) for one in value]}
    raise TypeError(f"DynamoDB is not given a {type(value).__name__}")


def _decode_value(typed: Mapping[str, Any]) -> Any:
    ((kind, value),) = typed.items()
    match kind:
        case "S" | "BOOL":
            return value
        case "N":
            return Decimal(value)
        case "B":
            return bytes(value)
        case "NULL":
            return None
        case "M":
            return decode(value)
        case "L":
            return [_decode_value(one) for one in value]
    raise TypeError(f"DynamoDB's type {kind} is not used here")


@dataclass(frozen=True, slots=True)
class Ref[T]:
    """An item to read: where it is, and how to make sense of it (`read` gets None when there is no such item)."""

    table: str
    key: tuple[str, str]
    read: Callable[[Item | None], T]


def get[T](ref: Ref[T]) -> T:
    """Read one item, consistently."""
    answer = aws.dynamodb().get_item(TableName=table(ref.table), Key=_key(*ref.key), ConsistentRead=True)
    return ref.read(decode(answer["Item"]) if "Item" in answer else None)


def fetch(refs: Iterable[Ref[Any]]) -> dict[tuple[str, tuple[str, str]], Item]:
    """Read many items of any tables, consistently, in one round trip a hundred; `resolve` makes sense of them."""
    wanted = list({(ref.table, ref.key) for ref in refs})
    found: dict[tuple[str, tuple[str, str]], Item] = {}
    names = {table(name): name for name, _ in wanted}
    for start in range(0, len(wanted), 100):
        request: dict[str, Any] = {}
        for name, key in wanted[start : start + 100]:
            keys = request.setdefault(table(name), {"Keys": [], "ConsistentRead": True})
            keys["Keys"].append(_key(*key))
        for attempt in range(_ATTEMPTS):
            answer = aws.dynamodb().batch_get_item(RequestItems=request)
            for full_name, items in answer["Responses"].items():
                for raw in items:
                    item = decode(raw)
                    found[names[full_name], (item["pk"], item["sk"])] = item
            request = dict(answer.get("UnprocessedKeys") or {})
            if not request:
                break
            pause(attempt)
        else:
            raise Busy
    return found


def resolve[T](ref: Ref[T], found: Mapping[tuple[str, tuple[str, str]], Item]) -> T:
    """What `fetch` found for this ref."""
    return ref.read(found.get((ref.table, ref.key)))


@dataclass(frozen=True, slots=True)
class Page:
    """Some items of a listing and the cursor that continues it (None at the end)."""

    items: list[Item]
    next_cursor: str | None
    key_names: tuple[str, str] = ("pk", "sk")

    def cursor_after(self, position: int) -> str:
        """The cursor that goes on behind the item at this position, which has its sort key of the index."""
        keys = {name: self.items[position][name] for name in ("pk", "sk", self.key_names[1])}
        return _encode_cursor(keys, self.key_names)


def query(
    name: str,
    pk: str,
    *,
    limit: int,
    cursor: str | None = None,
    index: str | None = None,
    key_names: tuple[str, str] = ("pk", "sk"),
    between: tuple[str, str] | None = None,
    forward: bool = True,
) -> Page:
    """One page of one partition, in the order of its sort key.

    `pk` names the caller's merchant; a cursor only says where in that partition to go on, so one that was made for
    another merchant, or by hand, is refused (400) or finds the caller's own items. Base-table reads are consistent; an
    index cannot be.
    """
    names = {"#pk": key_names[0]}
    values: dict[str, Any] = {":pk": pk}
    condition = "#pk = :pk"
    if between:
        names["#sk"] = key_names[1]
        condition += " AND #sk BETWEEN :low AND :high"
        values |= {":low": between[0], ":high": between[1]}
    request: dict[str, Any] = {
        "TableName": table(name),
        "KeyConditionExpression": condition,
        "ExpressionAttributeNames": names,
        "ExpressionAttributeValues": encode(values),
        "Limit": limit,
        "ScanIndexForward": forward,
    }
    request |= {"IndexName": index} if index else {"ConsistentRead": True}
    if cursor:
        request["ExclusiveStartKey"] = _decode_cursor(cursor, pk, key_names, between)
    answer = aws.dynamodb().query(**request)
    last = answer.get("LastEvaluatedKey")
    next_cursor = _encode_cursor(decode(last), key_names) if last else None
    return Page([decode(item) for item in answer["Items"]], next_cursor, key_names)


# --- writing ----------------------------------------------------------------------------------------------------------


class Guarded(NamedTuple):
    """A write of a transaction, and what its condition refuses when it fails: known already, or made from the item that
    was found.
    """

    write: "TransactWriteItemTypeDef"
    refusal: Exception | Callable[[Item | None], Exception] | None = None


class ConditionFailed(Exception):
    """A transaction changed nothing because conditions did not hold: position in the transaction -> the item found
    there.
    """

    def __init__(self, failures: dict[int, Item | None]) -> None:
        super().__init__(f"conditions failed at {sorted(failures)}")
        self.failures = failures


class Busy(DomainError):
    """DynamoDB kept refusing for load or contention; nothing was written and the same request may be repeated."""

    def __init__(self) -> None:
        super().__init__("request.busy", "The shop's data is very busy. Nothing was changed; try again.", status=503)


def put(name: str, item: Mapping[str, Any], *, version: int | None = 0) -> "TransactWriteItemTypeDef":
    """Write a whole item if the stored one has that version (0: if there is none yet; None: whatever there is)."""
    write: dict[str, Any] = {"TableName": table(name), "Item": encode(item)}
    if version is not None:
        write |= _condition(version)
    return {"Put": write}  # type: ignore[typeddict-item]


def _condition(version: int) -> dict[str, Any]:
    if version == 0:
        return {
            "ConditionExpression": "attribute_not_exists(pk)",
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }
    return {
        "ConditionExpression": "#version = :version",
        "ExpressionAttributeNames": {"#version": "version"},
        "ExpressionAttributeValues": encode({":version": version}),
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    }


def delete(
    name: str, key: tuple[str, str], *, condition: str | None = None, values: Mapping[str, Any] | None = None
) -> "TransactWriteItemTypeDef":
    """Remove an item, there or not; with a `condition`, only if it holds."""
    write: dict[str, Any] = {"TableName": table(name), "Key": _key(*key)}
    if condition:
        write |= {
            "ConditionExpression": condition,
            "ExpressionAttributeValues": encode(values or {}),
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }
    return {"Delete": write}  # type: ignore[typeddict-item]


def update(
    name: str,
    key: tuple[str, str],
    expression: str,
    values: Mapping[str, Any],
    *,
    condition: str | None = None,
    names: Mapping[str, str] | None = None,
) -> "TransactWriteItemTypeDef":
    """Change an item in place: what many writers may do at once without reading first."""
    write: dict[str, Any] = {
        "TableName": table(name),
        "Key": _key(*key),
        "UpdateExpression": expression,
        "ExpressionAttributeValues": encode(values),
    }
    if names:
        write["ExpressionAttributeNames"] = dict(names)
    if condition:
        write |= {"ConditionExpression": condition, "ReturnValuesOnConditionCheckFailure": "ALL_OLD"}
    return {"Update": write}  # type: ignore[typeddict-item]


def check(name: str, key: tuple[str, str], condition: str, values: Mapping[str, Any]) -> "TransactWriteItemTypeDef":
    """Hold a transaction to what an item says, which stays as it is."""
    held: dict[str, Any] = {
        "TableName": table(name),
        "Key": _key(*key),
        "ConditionExpression": condition,
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    }
    if values:
        held["ExpressionAttributeValues"] = encode(values)
    return {"ConditionCheck": held}  # type: ignore[typeddict-item]


def batch_put(name: str, items: Sequence[Mapping[str, Any]]) -> None:
    """Write items unconditionally, 25 a request: for items whose key and content are always the same, so that a repeat
    is harmless.
    """
    for start in range(0, len(items), 25):
        request: Any = {table(name): [{"PutRequest": {"Item": encode(item)}} for item in items[start : start + 25]]}
        for attempt in range(_ATTEMPTS):
            request = aws.dynamodb().batch_write_item(RequestItems=request).get("UnprocessedItems")
            if not request:
                break
            pause(attempt)
        else:
            raise Busy


def transact(writes: Sequence["TransactWriteItemTypeDef"]) -> None:
    """Write all or nothing.

    A conflict with another transaction, or throttling, is repeated with growing full jitter, so that a cashier never
    sees one. All attempts, botocore's after a lost answer too, carry one client token, so that a transaction never
    happens twice. Raises `ConditionFailed` when a condition does not hold, `Busy` when contention outlasts our
    patience.
    """
    if len(writes) > _MAX_TRANSACTION_ITEMS:
        raise ValueError(f"a transaction takes {_MAX_TRANSACTION_ITEMS} items, not {len(writes)}")
    token = str(uuid.uuid4())
    for attempt in range(_ATTEMPTS):
        try:
            aws.dynamodb().transact_write_items(TransactItems=writes, ClientRequestToken=token)
            return
        except botocore.exceptions.ClientError as error:
            _raise_unless_retryable(error)
        metrics.add("transaction_retries", 1)
        pause(attempt)
    raise Busy


def commit(writes: Sequence[Guarded]) -> None:
    """Write all or nothing, as `transact`; raises the refusal of the first write whose condition did not hold.

    Raises `ConditionFailed` if that one has none.
    """
    try:
        transact([guarded.write for guarded in writes])
    except ConditionFailed as failed:
        position, found = min(failed.failures.items())
        refusal = writes[position].refusal
        if refusal is None:
            raise
        raise (refusal if isinstance(refusal, Exception) else refusal(found)) from failed


def _raise_unless_retryable(error: botocore.exceptions.ClientError) -> None:
    if error.response["Error"]["Code"] in THROTTLES:
        return
    reasons: Any = error.response.get("CancellationReasons")
    if not reasons:
        raise error
    failures = {
        position: decode(reason["Item"]) if reason.get("Item") else None
        for position, reason in enumerate(reasons)
        if reason["Code"] == "ConditionalCheckFailed"
    }
    if failures:
        raise ConditionFailed(failures) from error
    if not {reason["Code"] for reason in reasons} <= _RETRYABLE | {"None"}:
        raise error


def pause(attempt: int) -> None:
    """Wait before attempt `attempt` + 2 of something that met others, by chance and the longer the more it has met."""
    # Short ones would only meet the same transactions again, and every attempt is paid for (docs/performance.md).
    time.sleep(random.uniform(0, min(0.8, 0.02 * 2**attempt)))


def _key(pk: str, sk: str) -> dict[str, Any]:
    return {"pk": {"S": pk}, "sk": {"S": sk}}


# --- cursors ----------------------------------------------------------------------------------------------------------


def _encode_cursor(last: Item, key_names: tuple[str, str]) -> str:
    # The index's partition key is left out: it is always the caller's own, whatever a cursor says.
    kept = {name: value for name, value in last.items() if name != key_names[0]}
    return base64.urlsafe_b64encode(json.dumps(kept, separators=(",", ":")).encode()).decode().rstrip("=")


def _decode_cursor(cursor: str, pk: str, key_names: tuple[str, str], between: tuple[str, str] | None) -> dict[str, Any]:
    try:
        kept = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (binascii.Error, ValueError):
        raise InvalidCursor from None
    if not isinstance(kept, dict) or set(kept) != {"pk", "sk", *key_names} - {key_names[0]}:
        raise InvalidCursor
    if not all(
        isinstance(value, str) and 0 < len(value) <= _LONGEST_KEY and value.isascii() for value in kept.values()
    ):
        raise InvalidCursor
    # DynamoDB would answer a start outside the range that is asked for with an error
    if between and not between[0] <= kept[key_names[1]] <= between[1]:
        raise InvalidCursor
    if "pk" in kept and kept["pk"].split("#", 1)[0] != pk.split("#", 1)[0]:
        raise InvalidCursor
    return encode({**kept, key_names[0]: pk})


class InvalidCursor(DomainError):
    """A cursor that no listing of this merchant gave out."""

    def __init__(self) -> None:
        super().__init__(
            "request.invalid_cursor", "This cursor is not one that a listing of yours gave out.", status=400
        )


# --- packing ----------------------------------------------------------------------------------------------------------

_VOCABULARY = (
    b'{"id":"ord_","version":1,"created_at":"20","updated_at":"20","location_id":"loc_","register_id":"reg_","lines":['
    b'{"id":"lin_1","variant_id":"var_","product_id":"prd_","sku":"","name":"","quantity":"1","price":0,"modifiers":[],'
    b'"discounts":[],"tax_ids":["tax_"],"gross":0,"discount":0,"service_charge":0,"net":0,"tax":0,"total":0,'
    b'"stock_tracked":true,"note":null}],"discounts":[],"service_charges":[],"subtotal":0,"discount_total":0,'
    b'"service_charge_total":0,"taxes":[{"tax_id":"tax_","name":"","rate":"11","included":false,"compound":false,'
    b'"base_fraction":null,"base":0,"amount":0}],"tax_total":0,"included_tax_total":0,"tip":0,"total":0,'
    b'"cash_rounding":0,"cash_due":0,"amount_due":0,"paid":0,"change":0,"payment_status":"paid","payments":[{"id":"pay_",'
    b'"method":"cash","amount":0,"tendered":0,"change":0,"reference":null,"at":"20","voided_at":null}],"policy":{'
    b'"currency":"IDR","minor_units":0,"tax_rounding":"per_line","rounding_mode":"half_up","cash_rounding_step":0},'
    b'"number":"","status":"completed","time_zone":"Asia/Jakarta","name":null,"note":null,"line_count":0,'
    b'"business_date":"20","completed_at":"20","cancelled_at":null,"warnings":[],"history":[{"at":"20","actor":"key_",'
    b'"action":"created","reason":null}]}'
)
"""What most orders have in common, as zlib's preset dictionary: 400 bytes less for each, so that a sale of six things
is kept within a kilobyte (docs/performance.md). What is packed with it can be read with it only, so it never changes. A
packed document names its dictionary by checksum (RFC 1950): there may be another one beside it some day.
"""


def pack(document: bytes, known: bytes = _VOCABULARY) -> bytes:
    """A JSON document as it is stored: compressed, since write units are paid by the kilobyte. What it has in common
    with `known` costs next to nothing.
    """
    compressor = zlib.compressobj(9, zdict=known)
    return compressor.compress(document) + compressor.flush()


def unpack(stored: Any, known: bytes = _VOCABULARY) -> bytes:
    """The exact bytes that went into `pack` with the same `known`. Raises `zlib.error` for anything else."""
    decompressor = zlib.decompressobj(zdict=known)
    document = decompressor.decompress(bytes(stored))
    if not decompressor.eof:
        raise zlib.error("the packed document ends too soon")
    return document
