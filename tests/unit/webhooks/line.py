"""The whole line in a test: changes are committed, published from the stream, queued, and posted to a receiver.

The stream and the queue are the test's own: it may repeat, reorder, hold back or lose what they carry. Time stands
still until the test moves it.
"""

import base64
import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace
from typing import Any
from unittest import mock

import boto3
import botocore.client
import pytest

from pos import aws, clock, dynamo, metrics, outbound, outbox
from tests.support.shop import Shop
from webhooks import (
    create_endpoint,
    list_deliveries,
    list_events,
    publish_events,
    queue,
    send_webhooks,
    store,
    sweep_deliveries,
    wake_deliveries,
    watching,
)

PLENTY_OF_TIME = SimpleNamespace(get_remaining_time_in_millis=lambda: 60_000)

type Json = dict[str, Any]
type Record = dict[str, Any]
type Answer = int | tuple[int, Mapping[str, str], bytes]
type Behaviour = Callable[[Received], Answer]


@dataclass(frozen=True, slots=True)
class Received:
    """A webhook that arrived. `times` counts how often this event has come by now, from 1."""

    path: str
    headers: Mapping[str, str]
    body: bytes
    times: int

    @property
    def id(self) -> str:
        """The event's id, by the header."""
        return self.headers["webhook-id"]


def always(answer: Answer) -> Behaviour:
    """To answer every webhook alike: a status, or one with headers and a body."""
    return lambda _: answer


class Receiver(ThreadingHTTPServer):
    """A third party. `behave` decides what it answers; by default 204."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.behave = always(204)
        self.received: list[Received] = []
        self.connections = 0
        self._lock = threading.Lock()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server_port}/hook"

    @property
    def ids(self) -> list[str]:
        """The ids of what arrived, in order."""
        return [one.id for one in self.received]

    def take(self, path: str, headers: Mapping[str, str], body: bytes) -> Received:
        """Keep what arrived."""
        with self._lock:
            times = 1 + sum(one.path == path and one.id == headers["webhook-id"] for one in self.received)
            received = Received(path, headers, body, times)
            self.received.append(received)
            return received


class _Handler(BaseHTTPRequestHandler):
    server: Receiver
    protocol_version = "HTTP/1.1"
    timeout = 30
    disable_nagle_algorithm = True

    def setup(self) -> None:
        super().setup()
        self.server.connections += 1

    def do_POST(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        body = self.rfile.read(int(headers["content-length"]))
        answer = self.server.behave(self.server.take(self.path, headers, body))
        status, more, content = (answer, {}, b"") if isinstance(answer, int) else answer
        self.send_response(status)
        for name, value in {"content-length": str(len(content)), **more}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:
        """Keep quiet."""


@contextmanager
def receiving() -> Iterator[Receiver]:
    """A receiver that runs meanwhile."""
    with Receiver() as receiver:
        thread = threading.Thread(target=receiver.serve_forever, args=(0.02,))
        thread.start()
        yield receiver
        receiver.shutdown()
        thread.join()
        forget_connections()


def forget_connections() -> None:
    """Close what the sender keeps open for the next webhook."""
    outbound._manager().clear()
    outbound._manager.cache_clear()


@dataclass(slots=True)
class Message:
    """A message in the queue."""

    visible_at: datetime
    body: str
    group: str
    lane: str = "deliveries"


@dataclass(slots=True)
class Line:
    """A merchant's line from change to webhook."""

    shop: Shop
    now: datetime
    messages: list[Message] = field(default_factory=list)

    def subscribe(self, url: str, *patterns: str, **more: Any) -> Json:
        """A new endpoint, as the API answers it."""
        body = {"url": url, "event_types": list(patterns or ("order.*",)), **more}
        reply = self.shop.call(create_endpoint.handler, body)
        assert reply.status == 201, reply.text
        answer: Json = reply.json
        return answer

    def commit(self, entity_id: str, version: int = 1, *types: str, data: Json | None = None) -> Record:
        """A change with its events; the record that the stream shows of it."""
        entity = outbox.Entity("order", entity_id, version)
        body = json.dumps(data or {"id": entity_id, "version": version}).encode()
        write = outbox.write(self.shop.merchant_id, entity, types or ("order.created",), body, self.now)
        dynamo.transact([write])
        return record_of(write)

    def publish(self, *records: Record) -> None:
        """Hand a batch of records to the publisher."""
        publish_events.handler({"Records": list(records)}, None)

    def deliver(self) -> int:
        """Hand all messages that are visible now to the sender, ten at a time; how many there were.

        What the sender does not acknowledge, or all of a batch if it dies, stays in the queue.
        """
        visible = [message for message in self.messages if message.visible_at <= self.now]
        for lane in {message.lane: None for message in visible}:
            waiting = [message for message in visible if message.lane == lane]
            for start in range(0, len(waiting), 10):
                batch = waiting[start : start + 10]
                failed = self._send(batch)
                self.messages = [message for message in self.messages if message not in batch or message in failed]
        return len(visible)

    def wake(self) -> None:
        """Do what is done every minute."""
        wake_deliveries.handler(None, PLENTY_OF_TIME)

    def wait(self, **time: float) -> None:
        """Let time pass."""
        self.now += timedelta(**time)

    def sweep(self) -> int:
        """Do what is done every five minutes; how much was unaccounted for."""
        with mock.patch.object(metrics, "add") as add:
            sweep_deliveries.handler(None, PLENTY_OF_TIME)
        counted: dict[str, int] = dict(call.args for call in add.call_args_list)
        assert counted["sweeps"] == 1
        return counted["unaccounted"]

    def run(self, rounds: int = 1000) -> None:
        """Deliver until the queue is empty, letting time pass as far as each next message needs."""
        for _ in range(rounds):
            if not self.messages:
                return
            self.now = max(self.now, min(message.visible_at for message in self.messages))
            self.deliver()
        raise AssertionError(f"{len(self.messages)} messages go round for ever")

    def live(self, **time: float) -> None:
        """Let time pass as it does: what is due is woken and delivered whenever there is something to do."""
        end = self.now + timedelta(**time)
        while (moment := self.next_moment()) is not None and moment <= end:
            self.now = max(self.now, moment)
            self.wake()
            self.deliver()
        self.now = end

    def next_moment(self) -> datetime | None:
        """When there is something to do next, by the queue or the index."""
        moments = [message.visible_at for message in self.messages]
        for item in stored_items("webhooks"):
            if item.get("waiting_pk", {"S": ""})["S"].startswith("due#"):
                moments.append(datetime.fromisoformat(item["waiting_sk"]["S"]))
        return min(moments, default=None)

    def deliveries(self, endpoint_id: str, **query: str) -> list[Json]:
        """An endpoint's log, newest event first."""
        reply = self.shop.call(list_deliveries.handler, id=endpoint_id, query={"limit": "200", **query})
        items: list[Json] = reply.json["items"]
        return items

    def feed(self, **query: str) -> list[Json]:
        """All events of the feed, in order."""
        items: list[Json] = []
        while True:
            page = self.shop.call(list_events.handler, query=query).json
            items += page["items"]
            if page["next_cursor"] is None:
                return items
            query["cursor"] = page["next_cursor"]

    def _send(self, batch: list[Message]) -> list[Message]:
        ids = {f"message-{number}": message for number, message in enumerate(batch)}
        records = [
            {"messageId": id, "body": message.body, "eventSourceARN": f"arn:aws:sqs:::test-{message.lane}"}
            for id, message in ids.items()
        ]
        answer = send_webhooks.handler({"Records": records}, None)
        return [ids[failure["itemIdentifier"]] for failure in answer["batchItemFailures"]]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A third party that takes webhooks."""
    with receiving() as one:
        yield one


@pytest.fixture
def line(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> Line:
    """The line of a shop that nobody subscribed to yet."""
    return start_line(shop, monkeypatch)


def start_line(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> Line:
    """A line whose time and queue are in the test's hands; messages still go through SQS's own interface."""
    _one_call_at_a_time(monkeypatch)
    # Moto goes through the whole table for each query of an index
    monkeypatch.setattr(store, "DUE_SHARDS", 2)
    monkeypatch.setattr(outbox, "SLOT_SHARDS", 2)
    line = Line(shop, clock.now().replace(microsecond=0))
    monkeypatch.setattr(clock, "now", lambda: line.now)
    client: Any = aws.sqs()
    original = client.send_message_batch

    def send(**request: Any) -> Any:
        answer = original(**request)
        taken = {one["Id"] for one in answer.get("Successful", [])}
        for entry in request["Entries"]:
            if entry["Id"] in taken:
                visible_at = line.now + timedelta(seconds=entry["DelaySeconds"])
                lane = request["QueueUrl"].rsplit("/", 1)[-1].removeprefix("test-")
                line.messages.append(Message(visible_at, entry["MessageBody"], entry["MessageGroupId"], lane))
        return answer

    monkeypatch.setattr(client, "send_message_batch", send)
    queue._url.cache_clear()
    watching._latencies.clear()
    return line


def _one_call_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Moto is not made for threads: a transaction that fails takes back what others wrote meanwhile. So each call to
    AWS is whole, as on AWS, and between calls anything may happen.
    """
    lock, real = threading.RLock(), botocore.client.BaseClient._make_api_call  # type: ignore[attr-defined]

    def call(client: Any, operation: str, arguments: Any) -> Any:
        with lock:
            return real(client, operation, arguments)

    monkeypatch.setattr(botocore.client.BaseClient, "_make_api_call", call)


def record_of(write: Any, event_id: str = "") -> Record:
    """The stream record of a written item, as Lambda hands it over: binary values as base64."""
    item = write["Put"]["Item"]
    image = {
        name: {"B": base64.b64encode(value["B"]).decode()} if "B" in value else value for name, value in item.items()
    }
    keys = {name: item[name] for name in ("pk", "sk")}
    return {
        "eventID": event_id or f"{item['pk']['S']}/{item['sk']['S']}",
        "eventName": "INSERT",
        "eventSource": "aws:dynamodb",
        "dynamodb": {"Keys": keys, "NewImage": image, "StreamViewType": "NEW_IMAGE"},
    }


def written() -> list[Record]:
    """The stream's records of all changes that there are."""
    return [
        record_of({"Put": {"Item": item}}) for item in stored_items("events") if item.get("kind") == {"S": "outbox"}
    ]


def stored_items(table: str) -> list[dict[str, Any]]:
    """Everything in a table."""
    pages = boto3.client("dynamodb").get_paginator("scan").paginate(TableName=f"test-{table}")
    return [item for page in pages for item in page["Items"]]
