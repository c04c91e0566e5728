"""How the machine reaches Kasir: its handlers in this process, on whatever DynamoDB there is, or a deployed stack."""

import base64
import functools
import re
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from threading import RLock
from types import SimpleNamespace
from typing import Any, Protocol

import boto3
import pytest

from api.routes import Route, routes
from inventory import record_movements
from payments import settle_payments
from pos import aws, clock, dynamo
from reports import project_totals
from tests.stack.support import Shop as DeployedShop
from tests.support.aws import empty
from tests.support.shop import Reply, Shop, request_event, send
from webhooks import publish_events

type Json = dict[str, Any]
type Record = dict[str, Any]

_OPENING = datetime(2026, 11, 24, 1, tzinfo=UTC)
_PLENTY_OF_TIME: Any = SimpleNamespace(get_remaining_time_in_millis=lambda: 60_000)
_PATIENCE_SECONDS = 60


class Driver(Protocol):
    """A merchant of the machine's own, in rupiah, with a location and a register."""

    def now(self) -> datetime:
        """What time it is there."""

    def call(self, method: str, path: str, body: Any = None, key: str | None = None, **query: str) -> Reply:
        """Make a request; `key` is its Idempotency-Key."""

    def eventually(self, check: Callable[[], None]) -> None:
        """Check something, once the streams have carried on what was changed."""

    def wait(self, span: timedelta) -> None:
        """Let time pass, where it is the machine's."""

    def ask_providers(self) -> None:
        """Let the schedule ask providers what became of payments, where that is the machine's."""

    def held_by_provider(self, payment_id: str) -> int | None:
        """The money that the simulated provider took for a payment and has not given back; None where nobody can see
        that.
        """


class Streams(Protocol):
    """What DynamoDB's streams show."""

    def take(self, table: str) -> list[Record]:
        """The records of a table's stream since it was last asked for, as Lambda hands them to a function."""


# --- in this process -------------------------------------------------------------------------------------------------


class Clock:
    """A clock that goes on by a second with each request, so that what happens does not hang on the machine's speed."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = _OPENING
        monkeypatch.setattr(clock, "now", lambda: self.now)


class InProcess:
    """The handlers that the routes name, and those that Lambda gives streams to."""

    def __init__(self, streams: Streams, clock: Clock) -> None:
        clock.now = _OPENING
        self._streams, self._clock = streams, clock
        self._shop = Shop.open()

    def now(self) -> datetime:
        """See `Driver`."""
        return self._clock.now

    def call(self, method: str, path: str, body: Any = None, key: str | None = None, **query: str) -> Reply:
        """See `Driver`."""
        self.wait(timedelta(seconds=1))
        route, named = _route(method, path)
        headers = {"Idempotency-Key": key} if key else {}
        event = request_event(self._shop.merchant_id, body=body, path=named, query=query, headers=headers)
        return send(route.operation, event)

    def eventually(self, check: Callable[[], None]) -> None:
        """See `Driver`."""
        while self._carry_on():
            pass
        check()

    def wait(self, span: timedelta) -> None:
        """See `Driver`."""
        self._clock.now += span

    def ask_providers(self) -> None:
        """See `Driver`."""
        settle_payments.handler({}, None)

    def held_by_provider(self, payment_id: str) -> int | None:
        """See `Driver`."""
        key = {"pk": {"S": f"{self._shop.merchant_id}#{payment_id}"}, "sk": {"S": "simulated"}}
        entry: Any = aws.dynamodb().get_item(TableName=dynamo.table("payments"), Key=key).get("Item")
        if entry is None or entry["state"]["S"] != "captured":
            return 0
        return int(entry["amount"]["N"]) - sum(int(given["N"]) for given in entry["refunds"]["M"].values())

    def _carry_on(self) -> bool:
        levels, events = self._streams.take("inventory"), self._streams.take("events")
        outbox, pages = _of_kind("outbox", events), _of_kind("page", events)
        if levels:
            record_movements.handler({"Records": levels}, None)
        if outbox:
            publish_events.handler({"Records": outbox}, None)
        if pages:
            project_totals.handler({"Records": pages}, _PLENTY_OF_TIME)
        return bool(levels or events)


def _of_kind(kind: str, records: Sequence[Record]) -> list[Record]:
    return [record for record in records if record["dynamodb"]["NewImage"].get("kind") == {"S": kind}]


def _route(method: str, path: str) -> tuple[Route, dict[str, str]]:
    for pattern, route in _patterns():
        found = pattern.fullmatch(path)
        if found is not None and route.method == method:
            return route, found.groupdict()
    raise LookupError(f"no route for {method} {path}")


@functools.cache
def _patterns() -> list[tuple[re.Pattern[str], Route]]:
    """What has no parameter comes first, as in API Gateway."""
    known = sorted(routes(), key=lambda route: route.path.count("{"))
    return [(re.compile(re.sub(r"{(\w+)}", r"(?P<\1>[^/]+)", route.path)), route) for route in known]


class StreamsOfMoto:
    """The streams of the inventory and of the events, kept while functions write: moto's own have no updates."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._records: dict[str, deque[Record]] = {dynamo.table(name): deque() for name in ("inventory", "events")}
        self._reader = boto3.client("dynamodb")
        client: Any = aws.dynamodb()
        make, lock = client._make_api_call, RLock()

        def followed(operation: str, request: Json) -> Any:
            with lock:  # for the projector's threads: moto's calls are not isolated from each other
                answer = make(operation, request)
                for table, key, item in _writes(operation, request):
                    if table in self._records:
                        self._records[table].append(_record(key, item or self._image(table, key)))
                return answer

        monkeypatch.setattr(client, "_make_api_call", followed)

    def take(self, table: str) -> list[Record]:
        """See `Streams`."""
        kept = self._records[dynamo.table(table)]
        taken = list(kept)
        kept.clear()
        return taken

    def forget(self) -> None:
        """Show nothing of what was written so far."""
        for kept in self._records.values():
            kept.clear()

    def _image(self, table: str, key: Json) -> Json:
        return self._reader.get_item(TableName=table, Key=key)["Item"]


type _Write = tuple[str, Json, Json | None]
"""A table, a key, and the item unless it was updated in place."""


def _writes(operation: str, request: Json) -> Iterator[_Write]:
    if operation == "PutItem":
        yield _put(request["TableName"], request["Item"])
    if operation == "BatchWriteItem":
        for table, writes in request["RequestItems"].items():
            yield from (_put(table, write["PutRequest"]["Item"]) for write in writes)
    for write in request["TransactItems"] if operation == "TransactWriteItems" else ():
        if "Put" in write:
            yield _put(write["Put"]["TableName"], write["Put"]["Item"])
        if "Update" in write:
            yield write["Update"]["TableName"], write["Update"]["Key"], None


def _put(table: str, item: Json) -> _Write:
    return table, {name: item[name] for name in ("pk", "sk")}, item


def _record(key: Json, item: Mapping[str, Any]) -> Record:
    image = {
        name: {"B": base64.b64encode(value["B"]).decode()} if "B" in value else value for name, value in item.items()
    }
    return {"eventName": "INSERT", "dynamodb": {"Keys": key, "NewImage": image}}


def on_moto(monkeypatch: pytest.MonkeyPatch) -> Callable[[], Driver]:
    """Makes drivers on moto; each begins with empty tables, since moto copies all of a table at each transaction."""
    streams, own_clock = StreamsOfMoto(monkeypatch), Clock(monkeypatch)

    def drive() -> Driver:
        empty()
        streams.forget()
        return InProcess(streams, own_clock)

    return drive


# --- over HTTP -------------------------------------------------------------------------------------------------------


class OverHttp:
    """A merchant of a deployed stack; time, streams and schedules are the stack's own."""

    def __init__(self, shop: DeployedShop) -> None:
        self._api = shop.api

    def now(self) -> datetime:
        """See `Driver`."""
        return datetime.now(UTC)

    def call(self, method: str, path: str, body: Any = None, key: str | None = None, **query: str) -> Reply:
        """See `Driver`."""
        if method == "GET":
            answer = self._api.get(path, **query)
        else:
            answer = self._api.send(method, path, body, **({"idempotency_key": key} if key else {}))
        return Reply(answer.status, answer.headers, answer.body.decode())

    def eventually(self, check: Callable[[], None]) -> None:
        """See `Driver`: what never comes true fails as it did last."""
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while True:
            try:
                return check()
            except AssertionError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)

    def wait(self, span: timedelta) -> None:
        """See `Driver`."""

    def ask_providers(self) -> None:
        """See `Driver`."""

    def held_by_provider(self, payment_id: str) -> int | None:
        """See `Driver`."""
        return None
