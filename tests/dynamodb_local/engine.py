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
    client = boto3.client("dynamodbstreams")
    arn = boto3.client("dynamodb").describe_table(TableName=dynamo.table(table))["Table"]["LatestStreamArn"]
    shards = client.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]
    return [record for shard in shards for record in _records(client, arn, shard["ShardId"])]


def _records(client: Any, arn: str, shard_id: str) -> Iterable[Json]:
    place = client.get_shard_iterator(StreamArn=arn, ShardId=shard_id, ShardIteratorType="TRIM_HORIZON")
    iterator = place["ShardIterator"]
    while iterator:
        page = client.get_records(ShardIterator=iterator)
        if not page["Records"]:
            return
        yield from (_as_lambda_has_it(record) for record in page["Records"])
        iterator = page.get("NextShardIterator")


def _as_lambda_has_it(record: Json) -> Json:
    changed = {name: value for name, value in record["dynamodb"].items() if name != "ApproximateCreationDateTime"}
    for image in ("Keys", "NewImage"):
        changed[image] = {
            name: {"B": base64.b64encode(value["B"]).decode()} if "B" in value else value
            for name, value in changed.get(image, {}).items()
        }
    return {**record, "dynamodb": changed}
