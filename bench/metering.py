"""What requests to DynamoDB cost, by the documented rules, from the items that they read and write.

DynamoDB Local weighs each item, but its sums are not to be relied on: version 1.25.1 adds up equal writes of a
transaction once and all of them doubly, and does not count what batches and queries ask for in vain
(https://github.com/awslabs/amazon-dynamodb-local-samples/issues/7). So every item that is written is weighed by itself,
in a table of its own, and the sums follow "DynamoDB read and write operations" in the Developer Guide: a transaction
costs twice, but not in the indexes, as https://github.com/nubo-db/dynoxide/pull/188 has measured on AWS.

Requests that are metered run one at a time, whatever threads make them.
"""

import threading
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import boto3

from pos import aws

type Json = dict[str, Any]
type Key = tuple[str, str, str]

_SCALES = "scales"
_WRITTEN_AT_ONCE = 1024
_READ_AT_ONCE = 4096


class Disagreement(BaseException):
    """An item weighs something else for DynamoDB Local than by the rules.

    Not an Exception, for handlers answer those.
    """


@dataclass(slots=True)
class Bill:
    """What was asked of DynamoDB: round trips, units, and the bytes of the largest item written to each table."""

    round_trips: int = 0
    read_units: Fraction = Fraction()
    table_units: int = 0
    index_units: int = 0
    largest: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))

    @property
    def write_units(self) -> int:
        """Write units of tables and indexes."""
        return self.table_units + self.index_units


@contextmanager
def metered() -> Iterator[Bill]:
    """The bill of all that the functions' client does meanwhile."""
    bill, client = Bill(), aws.dynamodb()
    original: Callable[[str, Json], Any] = client._make_api_call  # type: ignore[attr-defined]
    meter = _Meter(bill, original)
    client._make_api_call = meter.call  # type: ignore[attr-defined]
    try:
        yield bill
    finally:
        client._make_api_call = original  # type: ignore[attr-defined]


class _Meter:
    def __init__(self, bill: Bill, call: Callable[[str, Json], Any]) -> None:
        self._bill = bill
        self._call = call
        self._reader = boto3.client("dynamodb")
        self._tables: dict[str, Json] = {}
        self._lock = threading.Lock()
        if _SCALES not in self._reader.list_tables()["TableNames"]:
            self._reader.create_table(**_scales())

    def call(self, operation: str, request: Json) -> Any:
        """Make the request, and put it on the bill; one at a time."""
        with self._lock:
            return self._metered(operation, request)

    def _metered(self, operation: str, request: Json) -> Any:
        keys = _written(operation, request)
        before = {key: self._item(key) for key in keys}
        answer = self._call(operation, {**request, "ReturnConsumedCapacity": "TOTAL"})
        self._bill.round_trips += 1
        if keys:
            self._bill_writes(operation, before)
        else:
            self._bill_reads(operation, request, answer)
        return answer

    def _bill_writes(self, operation: str, before: Mapping[Key, Json]) -> None:
        factor = 2 if operation == "TransactWriteItems" else 1
        for key, old in before.items():
            new = self._item(key)
            self._bill.table_units += factor * max(self._weigh(old), self._weigh(new))
            self._bill.index_units += self._index_units(key[0], old, new)
            self._bill.largest[key[0]] = max(self._bill.largest[key[0]], _size(new))

    def _weigh(self, item: Json) -> int:
        """The write units of an item."""
        if not item:
            return 0
        key = {"pk": item["pk"], "sk": item["sk"]}
        self._reader.delete_item(TableName=_SCALES, Key=key)  # what replaces a larger item costs what that one cost
        answer = self._reader.put_item(TableName=_SCALES, Item=item, ReturnConsumedCapacity="TOTAL")
        units = answer["ConsumedCapacity"]["CapacityUnits"]
        if units != _pieces(_size(item), _WRITTEN_AT_ONCE):
            raise Disagreement(f"an item of {_size(item)} bytes costs {units} units: {item}")
        return int(units)

    def _index_units(self, table: str, old: Json, new: Json) -> int:
        units = 0
        for names in self._entries(table):
            was = {name: old[name] for name in names} if names <= old.keys() else {}
            now = {name: new[name] for name in names} if names <= new.keys() else {}
            if was != now:
                units += sum(_pieces(_size(entry), _WRITTEN_AT_ONCE) for entry in (was, now) if entry)
        return units

    def _entries(self, table: str) -> list[set[str]]:
        """The attributes of an entry of each of the table's indexes, all of which hold keys only."""
        if table not in self._tables:
            self._tables[table] = dict(self._reader.describe_table(TableName=table)["Table"])
        described = self._tables[table]
        schemas = [index["KeySchema"] for index in described.get("GlobalSecondaryIndexes", [])]
        return [{part["AttributeName"] for part in (*schema, *described["KeySchema"])} for schema in schemas]

    def _bill_reads(self, operation: str, request: Json, answer: Json) -> None:
        units, unseen = _read_units(operation, request, answer)
        consumed = answer["ConsumedCapacity"]
        reported = sum(one["CapacityUnits"] for one in (consumed if isinstance(consumed, list) else [consumed]))
        if reported != units - unseen:
            raise Disagreement(f"{operation}: {units} units, DynamoDB Local says {reported}")
        self._bill.read_units += units

    def _item(self, key: Key) -> Json:
        table, pk, sk = key
        where = {"pk": {"S": pk}, "sk": {"S": sk}}
        return dict(self._reader.get_item(TableName=table, Key=where, ConsistentRead=True).get("Item", {}))


def _written(operation: str, request: Json) -> list[Key]:
    match operation:
        case "TransactWriteItems":
            writes = [one for write in request["TransactItems"] for one in write.values()]
            return [_key(one["TableName"], one.get("Key") or one["Item"]) for one in writes]
        case "BatchWriteItem":
            puts = [(table, one["PutRequest"]) for table, many in request["RequestItems"].items() for one in many]
            return [_key(table, put["Item"]) for table, put in puts]
        case "PutItem" | "UpdateItem":
            return [_key(request["TableName"], request.get("Key") or request["Item"])]
    return []


def _key(table: str, names: Json) -> Key:
    return table, names["pk"]["S"], names["sk"]["S"]


def _read_units(operation: str, request: Json, answer: Json) -> tuple[Fraction, Fraction]:
    """The units of a read, and those of them that DynamoDB Local does not see since there is nothing there.

    All our reads are consistent but those of indexes.
    """
    match operation:
        case "GetItem":
            return _consistent(answer.get("Item", {})), Fraction()
        case "Query":
            units = _consistent(*answer["Items"]) / (2 if "IndexName" in request else 1)
            return units, Fraction() if answer["Items"] else units
        case "BatchGetItem":
            found = [item for items in answer["Responses"].values() for item in items]
            missing = Fraction(sum(len(keys["Keys"]) for keys in request["RequestItems"].values()) - len(found))
            return sum(map(_consistent, found), missing), missing
    raise NotImplementedError(operation)


def _consistent(*items: Json) -> Fraction:
    return Fraction(_pieces(sum(map(_size, items)), _READ_AT_ONCE))


def _scales() -> Json:
    keys = {"pk": "HASH", "sk": "RANGE"}
    return {
        "TableName": _SCALES,
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{"AttributeName": name, "AttributeType": "S"} for name in keys],
        "KeySchema": [{"AttributeName": name, "KeyType": kind} for name, kind in keys.items()],
    }


def _pieces(size: int, piece: int) -> int:
    return max(1, -(-size // piece))


def _size(item: Json) -> int:
    """Bytes of an item as DynamoDB counts them ("DynamoDB item sizes and formats" in the Developer Guide)."""
    return sum(len(name.encode()) + _size_of_value(value) for name, value in item.items())


def _size_of_value(typed: Json) -> int:
    ((kind, value),) = typed.items()
    match kind:
        case "S":
            return len(value.encode())
        case "B":
            return len(value)
        case "N":
            return _size_of_number(value)
        case "BOOL" | "NULL":
            return 1
        case "M":
            return 3 + sum(1 + len(name.encode()) + _size_of_value(one) for name, one in value.items())
        case "L":
            return 3 + sum(1 + _size_of_value(one) for one in value)
    raise NotImplementedError(kind)


def _size_of_number(text: str) -> int:
    """About a byte for two significant digits, one more, and one for the sign."""
    whole, _, places = text.lstrip("-").partition(".")
    digits = (whole + places).strip("0")
    return (len(digits) + 1) // 2 + 1 + text.startswith("-")
