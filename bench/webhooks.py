"""Webhooks of a deployed stack: many events to three endpoints, of which one is dead and one is slow.

    python -m bench.webhooks --stack .local/stack.json --events 10000

Changes are written as the functions write them, into the outbox; from there on everything is the stack's own: stream,
publisher, queues, sender. The receivers are this process's. It prints how many events came where, how long after their
commit (p50, p99), and the same of the healthy endpoint alone before the other two were there.
"""

import argparse
import json
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from uuid import uuid4

import boto3

from bench.api import Api, NoStack
from infra.local.settings import AWS_ENVIRONMENT
from pos import dynamo, outbox

_SLOW_SECONDS = 2.5
_BATCH = 25
_EVENT_TYPE = "tax.updated"


class Receiver(ThreadingHTTPServer):
    """A third party that takes so long for each webhook; it keeps when each event first came."""

    daemon_threads = True
    request_queue_size = 256

    def __init__(self, seconds: float = 0) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.seconds = seconds
        self.seen: dict[str, float] = {}
        self.posts = 0

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server_port}/"

    def take(self, event: dict[str, Any]) -> None:
        """Keep how long after its commit an event came."""
        age = time.time() - datetime.fromisoformat(event["timestamp"]).timestamp()
        self.posts += 1
        self.seen.setdefault(event["entity"]["id"], age)


class _Handler(BaseHTTPRequestHandler):
    server: Receiver
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        self.server.take(json.loads(self.rfile.read(int(self.headers["content-length"]))))
        time.sleep(self.server.seconds)
        self.send_response(204)
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Keep quiet."""


@contextmanager
def receiving(seconds: float = 0) -> Iterator[Receiver]:
    """A receiver that runs meanwhile."""
    with Receiver(seconds) as receiver:
        threading.Thread(target=receiver.serve_forever, daemon=True).start()
        yield receiver
        receiver.shutdown()


@contextmanager
def silent() -> Iterator[str]:
    """The URL of a receiver that is dead: it takes connections, and never answers."""
    with socket.create_server(("127.0.0.1", 0), backlog=512) as listener:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/"


@dataclass(slots=True)
class Shop:
    """The merchant, and its stack's tables."""

    api: Api
    merchant_id: str
    events: Any
    table: str
    endpoints: list[str] = field(default_factory=list)

    def subscribe(self, url: str) -> str:
        """A new endpoint; its id."""
        made = self.api.post("/v1/webhooks/endpoints", {"url": url, "event_types": [_EVENT_TYPE]})
        self.endpoints.append(made.body["id"])
        return self.endpoints[-1]

    def commit(self, ids: Sequence[str], rate: float) -> None:
        """Write a change of each of these, so many a second."""
        for start in range(0, len(ids), _BATCH):
            began = time.monotonic()
            items = [
                dynamo.encode(
                    outbox.item(self.merchant_id, outbox.Entity("tax", one, 1), [_EVENT_TYPE], b"{}", datetime.now(UTC))
                )
                for one in ids[start : start + _BATCH]
            ]
            self.events.batch_write_item(RequestItems={self.table: [{"PutRequest": {"Item": item}} for item in items]})
            time.sleep(max(0.0, _BATCH / rate - (time.monotonic() - began)))

    def close(self) -> None:
        """Delete the endpoints that were made."""
        for one in self.endpoints:
            self.api.delete(f"/v1/webhooks/endpoints/{one}")


def measure(shop: Shop, events: int, rate: float, patience: float) -> None:
    """Print what came where."""
    with receiving() as healthy, receiving(_SLOW_SECONDS) as slow, silent() as dead:
        shop.subscribe(healthy.url)
        alone = _ids(events // 10)
        shop.commit(alone, rate)
        _wait(lambda: len(healthy.seen), len(alone), patience)
        before = [healthy.seen[one] for one in alone if one in healthy.seen]
        slow_id, dead_id = shop.subscribe(slow.url), shop.subscribe(dead)
        ids = _ids(events)
        shop.commit(ids, rate)
        _wait(lambda: len(healthy.seen), len(alone) + len(ids), patience)
        beside = [healthy.seen[one] for one in ids if one in healthy.seen]
        slow_at_end = len(slow.seen)
        print("| endpoint | events | came | p50 | p99 |")
        print("|---|---|---|---|---|")
        _print("healthy, alone", len(alone), before)
        _print("healthy, beside the other two", len(ids), beside)
        _print(f"slow ({_SLOW_SECONDS:g} s each), by the time the healthy one had all", len(ids), [*slow.seen.values()])
        print(f"\nhealthy p99 beside / alone: {_percentile(beside, 99) / _percentile(before, 99):.2f}")
        print(f"posts to the healthy endpoint: {healthy.posts}; slow endpoint had {slow_at_end} events")
        for name, one in (("slow", slow_id), ("dead", dead_id)):
            print(f"deliveries of the {name} one: {shop.api.get(f'/v1/webhooks/endpoints/{one}/metrics')['by_status']}")


def _ids(number: int) -> list[str]:
    run = uuid4().hex[:8]
    return [f"tax_bench{run}{n:06d}" for n in range(number)]


def _wait(came: Callable[[], int], expected: int, patience: float) -> None:
    """Until all came, or nothing came for so many seconds."""
    last, since = came(), time.monotonic()
    while last < expected and time.monotonic() - since < patience:
        time.sleep(0.5)
        if came() > last:
            last, since = came(), time.monotonic()


def _print(name: str, events: int, ages: Sequence[float]) -> None:
    p50, p99 = (f"{_percentile(ages, percent):.2f} s" if ages else "" for percent in (50, 99))
    print(f"| {name} | {events} | {len(ages)} | {p50} | {p99} |")


def _percentile(values: Sequence[float], percent: int) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, len(ordered) * percent // 100)]


def main() -> None:
    """Measure the stack that is named."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--stack", type=Path, default=Path(".local/stack.json"))
    parser.add_argument("--events", type=int, default=10_000)
    parser.add_argument("--rate", type=float, default=50, help="changes a second")
    parser.add_argument("--patience", type=float, default=120, help="seconds without an arrival until it gives up")
    args = parser.parse_args()
    try:
        api = Api.from_stack(args.stack)
    except NoStack as problem:
        sys.exit(str(problem))
    settings = json.loads(args.stack.read_text())
    session = boto3.Session(
        aws_access_key_id=AWS_ENVIRONMENT["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=AWS_ENVIRONMENT["AWS_SECRET_ACCESS_KEY"],
        region_name=AWS_ENVIRONMENT["AWS_REGION"],
    )
    dynamodb = session.client("dynamodb", endpoint_url=settings["aws_endpoint_url"])
    shop = Shop(api, api.get("/v1/merchant")["id"], dynamodb, f"{settings['stack_name']}-events")
    try:
        measure(shop, args.events, args.rate, args.patience)
    finally:
        shop.close()


if __name__ == "__main__":
    main()
