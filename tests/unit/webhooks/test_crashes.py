"""Whatever call to AWS fails, before or after it took effect, and however the process ends there: nothing is lost.

Two scenarios run once for each place in the code that calls AWS (and for its first and its last call), with a
disturbance there: changes on their way to two endpoints, one of which fails at first, and an endpoint whose breaker
opens and closes. Meanwhile the stream may skip a change, and the queue may lose, repeat and reorder its messages. Then
time goes on, one sweep is made, and every event has to be delivered, and nothing unaccounted for.
"""

import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from unittest import mock

import botocore.client
import botocore.exceptions
import pytest

from pos import dynamo
from tests.support.aws import empty
from tests.support.shop import Shop
from tests.unit.webhooks.line import Json, Line, Receiver, Record, always, stored_items, written
from webhooks import store

type Site = tuple[str, ...]
"""Where a call to AWS is made: the operation, and the lines of Kasir's own that led there."""

_FUNCTIONS = str(Path(store.__file__).parents[1])


class Killed(BaseException):
    """The process ends here: no handler of exceptions sees it, nothing is answered."""


def _refused() -> Exception:
    error: Any = {"Error": {"Code": "InternalServerError", "Message": "try again"}}
    return botocore.exceptions.ClientError(error, "AnyOperation")


def _no_answer() -> Exception:
    return botocore.exceptions.ReadTimeoutError(endpoint_url="https://aws.example.com")


DISTURBANCES: dict[str, tuple[bool, Callable[[], BaseException]]] = {
    "refused": (False, _refused),
    "done, but the answer is lost": (True, _no_answer),
    "killed before": (False, Killed),
    "killed after": (True, Killed),
}
"""What happens at a call: whether it takes effect, and what is raised."""

TRAFFIC = ("as it comes", "messages are lost", "messages come twice and backwards", "the stream skips a change")


_ON_THE_WAY = (
    *("store.py:all_endpoints", "store.py:place", "store.py:add_deliveries", "store.py:record_attempt", "store.py:due"),
    *("store.py:swept_to", "store.py:keep_swept_to", "store.py:written_in", "store.py:whereabouts"),
    *("store.py:progress_between", "queue.py:send", "signing.py:unseal", "canary.py:sing"),
)
_OF_A_BREAKER = (
    *("watching.py:observe", "watching.py:visit", "watching.py:_probe", "watching.py:_drain", "watching.py:_release"),
    *("store.py:set_aside", "store.py:release", "store.py:parked", "store.py:save_health"),
)
"""What a scenario is worth little without."""


@dataclass
class Calls:
    """The calls to AWS that are made, by place; the `number`th from `site` goes wrong as `kind` says."""

    site: Site | None = None
    number: int = 0
    kind: str = ""
    made: Counter[Site] = field(default_factory=Counter)

    def make(self, client: Any, operation: str, arguments: Any, real: Callable[..., Any]) -> Any:
        """Make one, or have it go wrong."""
        site = (operation, *_own_lines())
        self.made[site] += 1
        if site != self.site or self.made[site] != self.number:
            return real(client, operation, arguments)
        done, error = DISTURBANCES[self.kind]
        if done:
            real(client, operation, arguments)
        raise error()

    def include(self, *functions: str) -> bool:
        """Whether each of these functions of webhooks/ is among the places."""
        named = {place.rpartition(":")[0] for site in self.made for place in site}
        return named.issuperset(f"/webhooks/{function}" for function in functions)

    @property
    def cases(self) -> list[tuple[Site, int]]:
        """Each place with the numbers of its first and its last call."""
        return [(site, number) for site, calls in self.made.items() for number in sorted({1, calls})]


def _own_lines() -> Iterator[str]:
    frame = sys._getframe(2)
    while frame.f_back is not None:
        if frame.f_code.co_filename.startswith(_FUNCTIONS):
            yield f"{frame.f_code.co_filename.removeprefix(_FUNCTIONS)}:{frame.f_code.co_name}:{frame.f_lineno}"
        frame = frame.f_back


@contextmanager
def watched(calls: Calls) -> Iterator[None]:
    """Have `calls` make all calls meanwhile."""
    real = botocore.client.BaseClient._make_api_call  # type: ignore[attr-defined]

    def make(client: Any, operation: str, arguments: Any) -> Any:
        return calls.make(client, operation, arguments, real)

    with mock.patch.object(botocore.client.BaseClient, "_make_api_call", make):
        yield


@contextmanager
def disturbed(number: int, *, done: bool, error: Callable[[], BaseException]) -> Iterator[list[str]]:
    """The call of this number goes wrong; yields the names of all calls."""
    real = botocore.client.BaseClient._make_api_call  # type: ignore[attr-defined]
    made: list[str] = []

    def call(client: Any, operation: str, arguments: Any) -> Any:
        made.append(operation)
        if len(made) != number:
            return real(client, operation, arguments)
        if done:
            real(client, operation, arguments)
        raise error()

    with mock.patch.object(botocore.client.BaseClient, "_make_api_call", call):
        yield made


def _until_it_works[T](step: Callable[[], T]) -> T:
    for _ in range(5):
        try:
            return step()
        except (Killed, Exception):  # noqa: BLE001, S112 - the stream, the queue and schedules try again, whatever it was
            continue
    raise AssertionError("it never works")


def _live(line: Line, **time: float) -> None:
    """Let time pass with all that happens at its time."""
    _until_it_works(lambda: line.live(**time))


# --- changes on their way --------------------------------------------------------------------------------------------


def _begin(line: Line, receiver: Receiver) -> list[Record]:
    empty()
    line.shop, line.messages, receiver.received = Shop.open(), [], []
    line.sweep()
    line.subscribe(receiver.url + "/steady")
    line.subscribe(receiver.url + "/shaky", "*")
    line.publish(*written())
    return [
        line.commit("ord_1", 1, "order.created", "order.completed"),
        line.commit("ord_1", 2, "order.updated"),
        line.commit("ord_2"),
    ]


def _deliver(line: Line, records: list[Record], traffic: str) -> None:
    shown = records[:-1] if traffic == "the stream skips a change" else records
    _until_it_works(lambda: line.publish(*shown))
    if traffic == "messages are lost":
        line.messages.clear()
    if traffic == "messages come twice and backwards":
        line.messages = [*map(replace, reversed(line.messages)), *line.messages]
    _live(line, minutes=11)
    _until_it_works(line.sweep)
    _live(line, minutes=30)


def _check(line: Line, receiver: Receiver, case: object) -> None:
    """Every event has one place, is delivered everywhere, and both endpoints end with what the source has."""
    events = line.feed(types="order.*")
    ids = [event["id"] for event in events]
    assert len(ids) == len(set(ids)) == 4, case
    pages = store.pages_after(line.shop.merchant_id, 0, 100)
    assert [page.number for page in pages] == list(range(1, len(pages) + 1)), case
    for endpoint, _ in store.all_endpoints(line.shop.merchant_id):
        path = endpoint.url[endpoint.url.index("/hook") :]
        log = line.deliveries(endpoint.id)
        assert sorted(one["event_id"] for one in log if one["event_type"].startswith("order.")) == sorted(ids), case
        assert {one["status"] for one in log} == {"delivered"}, case
        assert _consumed(receiver, path) == {"ord_1": 2, "ord_2": 1}, case
    line.wait(minutes=5)
    assert line.sweep() == 0, case
    assert not [item for item in stored_items("webhooks") if "waiting_pk" in item], case


def _consumed(receiver: Receiver, path: str) -> dict[str, int]:
    """What a consumer holds that dedupes by id and applies only higher versions: each order's version."""
    seen: set[str] = set()
    held: dict[str, int] = {}
    for one in receiver.received:
        event = json.loads(one.body)
        entity = event["entity"]
        if one.path == path and event["id"] not in seen and entity["type"] == "order":
            seen.add(event["id"])
            if entity["version"] > held.get(entity["id"], 0):
                held[entity["id"]] = event["data"]["version"]
    return held


def _shaky(receiver: Receiver) -> None:
    receiver.behave = lambda received: 500 if "shaky" in received.path and received.times == 1 else 204


@pytest.mark.parametrize("traffic", TRAFFIC)
def test_one_sweep_brings_back_what_stream_and_queue_lose(line: Line, receiver: Receiver, traffic: str) -> None:
    _shaky(receiver)
    _deliver(line, _begin(line, receiver), traffic)
    _check(line, receiver, traffic)


@pytest.mark.slow
@pytest.mark.parametrize("traffic", TRAFFIC)
@pytest.mark.parametrize("kind", DISTURBANCES)
def test_nothing_is_lost_and_nothing_has_two_places(line: Line, receiver: Receiver, kind: str, traffic: str) -> None:
    _shaky(receiver)
    records, undisturbed = _begin(line, receiver), Calls()
    with watched(undisturbed):
        _deliver(line, records, traffic)
    assert undisturbed.include(*_ON_THE_WAY)
    for site, number in undisturbed.cases:
        records, calls = _begin(line, receiver), Calls(site, number, kind)
        with watched(calls):
            _deliver(line, records, traffic)
        _check(line, receiver, (site, number))


# --- a breaker that opens and closes ---------------------------------------------------------------------------------


def _fail_and_recover(line: Line, receiver: Receiver, calls: Calls) -> Json:
    """An endpoint fails for half an hour, in which events go on; then it answers again."""
    empty()
    line.shop, line.messages, receiver.received = Shop.open(), [], []
    line.sweep()
    endpoint = line.subscribe(receiver.url)
    records = [line.commit(f"ord_{n}") for n in range(8)]
    receiver.behave = always(500)
    with watched(calls):
        _until_it_works(lambda: line.publish(*records[:6]))
        _live(line, minutes=6)
        _until_it_works(lambda: line.publish(*records[6:]))
        _live(line, minutes=25)
        receiver.behave = always(204)
        _live(line, minutes=60)
        _until_it_works(line.sweep)
        _live(line, minutes=20)
    return endpoint


@pytest.mark.slow
@pytest.mark.parametrize("kind", DISTURBANCES)
def test_a_breaker_forgets_no_delivery_wherever_it_is_interrupted(line: Line, receiver: Receiver, kind: str) -> None:
    undisturbed = Calls()
    _fail_and_recover(line, receiver, undisturbed)
    cases = [
        (site, number)
        for site, number in undisturbed.cases
        if any("watching.py" in place or "wake_deliveries.py" in place for place in site)
    ]
    assert undisturbed.include(*_OF_A_BREAKER)
    for site, number in cases:
        endpoint = _fail_and_recover(line, receiver, Calls(site, number, kind))
        assert {one["status"] for one in line.deliveries(endpoint["id"])} == {"delivered"}, (site, number)
        health = dynamo.get(store.health_ref(line.shop.merchant_id, endpoint["id"]))
        assert (health.state, health.visit_at) == ("closed", None), (site, number)
        assert line.next_moment() is None, (site, number)


def test_an_event_whose_publisher_died_between_feed_and_deliveries_is_delivered(
    line: Line, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    endpoint = line.subscribe(receiver.url)
    records = [line.commit("ord_1"), line.commit("ord_2")]
    with monkeypatch.context() as patch:
        patch.setattr(store, "add_deliveries", mock.Mock(side_effect=Killed))
        with pytest.raises(Killed):
            line.publish(*records)
    assert len(line.feed()) == 2
    assert line.deliveries(endpoint["id"]) == []

    line.publish(*records, line.commit("ord_3"))
    line.run()

    assert [one["position"] for one in line.deliveries(endpoint["id"])] == ["2.0", "1.1", "1.0"]
    assert sorted(receiver.ids) == sorted(event["id"] for event in line.feed())


def test_a_sender_that_dies_after_a_post_posts_again_and_loses_nothing(
    line: Line, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    endpoint = line.subscribe(receiver.url)
    line.publish(line.commit("ord_1"))
    with monkeypatch.context() as patch:
        patch.setattr(store, "record_attempt", mock.Mock(side_effect=Killed))
        with pytest.raises(Killed):
            line.deliver()

    line.run()

    assert [one["status"] for one in line.deliveries(endpoint["id"])] == ["delivered"]
    assert [one.times for one in receiver.received] == [1, 2]
