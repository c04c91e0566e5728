"""What DynamoDB Local lacks: transactions that conflict, and Lambda, which hands streams on."""

import base64
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from pos import aws, dynamo
from tests.support.shop import Reply

type Json = dict[str, Any]
type Key = tuple[str, str, str]


def at_once(threads: int, call: Callable[[], Reply], times: int) -> list[Reply]:
    """The replies of that many calls, made by that many threads, which repeat what is answered 503, as registers do."""

    def insist(_: int) -> Reply:
        while (reply := call()).status == 503:
            assert reply.code == "request.busy"
        return reply

    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(insist, range(times)))


class Conflicts:
    """Cancels a transaction that meets another one on an item, as DynamoDB does.

    DynamoDB Local lets transactions wait for each other instead, and says so: "Transaction conflict exceptions are not
    thrown by DynamoDB local" (Developer Guide, "DynamoDB local usage notes"). The rule is that of "Transaction conflict
    handling" there: a transaction is rejected if another one is in progress on one of its items.
    """

    def __init__(self) -> None:
        self.transactions = 0
        self.cancelled = 0
        self._lock = threading.Lock()
        self._in_progress: set[Key] = set()

    def happen(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Let conflicts happen to the functions' client from here on."""
        client: Any = aws.dynamodb()
        make = client._make_api_call

        def conflicting(operation: str, request: Json) -> Any:
            if operation != "TransactWriteItems":
                return make(operation, request)
            keys = [_key(write) for write in request["TransactItems"]]
            self._begin(operation, keys)
            try:
                return make(operation, request)
            finally:
                with self._lock:
                    self._in_progress -= set(keys)

        monkeypatch.setattr(client, "_make_api_call", conflicting)

    def _begin(self, operation: str, keys: list[Key]) -> None:
        with self._lock:
            self.transactions += 1
            if self._in_progress.isdisjoint(keys):
                self._in_progress |= set(keys)
                return
            self.cancelled += 1
            codes = ["TransactionConflict" if key in self._in_progress else "None" for key in keys]
        error: Any = {
            "Error": {"Code": "TransactionCanceledException", "Message": "Transaction cancelled"},
            "CancellationReasons": [{"Code": code} for code in codes],
        }
        raise ClientError(error, operation)


def _key(write: Json) -> Key:
    (request,) = write.values()
    key = request.get("Key") or request["Item"]
    return request["TableName"], key["pk"]["S"], key["sk"]["S"]


def stream(table: str) -> list[Json]:
    """All records of a table's stream, in order, as Lambda hands them to a function."""
    return Streams().take(table)


class Streams:
    """The tables' streams, read on from where they were read last.

    A place is kept as a sequence number: an iterator that has seen nothing new for a while is refused by DynamoDB Local
    as one of trimmed records.
    """

    def __init__(self) -> None:
        self._client = boto3.client("dynamodbstreams")
        self._arns: dict[str, str] = {}
        self._places: dict[str, str] = {}

    def take(self, table: str) -> list[Json]:
        """The records of a table's stream since it was last asked for, as Lambda hands them to a function."""
        if table not in self._arns:
            self._arns[table] = _arn(table)
        shards = _shards(self._client, self._arns[table])
        return [record for shard_id in shards for record in self._new(self._arns[table], shard_id)]

    def _new(self, arn: str, shard_id: str) -> Iterable[Json]:
        iterator: str | None = self._iterator(arn, shard_id)
        while iterator:
            page = self._client.get_records(ShardIterator=iterator)
            if not page["Records"]:
                return
            yield from map(_as_lambda_has_it, page["Records"])
            self._places[shard_id] = page["Records"][-1]["dynamodb"]["SequenceNumber"]
            iterator = page.get("NextShardIterator")

    def _iterator(self, arn: str, shard_id: str) -> str:
        shard: Any = {"StreamArn": arn, "ShardId": shard_id, "ShardIteratorType": "TRIM_HORIZON"}
        if shard_id in self._places:
            shard |= {"ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "SequenceNumber": self._places[shard_id]}
        iterator: str = self._client.get_shard_iterator(**shard)["ShardIterator"]
        return iterator


def _arn(table: str) -> str:
    return boto3.client("dynamodb").describe_table(TableName=dynamo.table(table))["Table"]["LatestStreamArn"]


def _shards(client: Any, arn: str) -> list[str]:
    return [shard["ShardId"] for shard in client.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]]


def _as_lambda_has_it(record: Json) -> Json:
    changed = {name: value for name, value in record["dynamodb"].items() if name != "ApproximateCreationDateTime"}
    for image in ("Keys", "NewImage"):
        changed[image] = {
            name: {"B": base64.b64encode(value["B"]).decode()} if "B" in value else value
            for name, value in changed.get(image, {}).items()
        }
    return {**record, "dynamodb": changed}
