"""run_replays"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from itertools import count
from typing import Any
from unittest import mock

import botocore.client
import pytest

from pos.clock import timestamp
from tests.support.aws import ROOT, empty
from tests.support.shop import Shop
from tests.unit.webhooks.line import Json, Line, Receiver, always
from tests.unit.webhooks.test_crashes import DISTURBANCES, Killed
from webhooks import (
    choosing,
    delete_endpoint,
    get_replay,
    queue,
    replay_endpoint,
    run_replays,
    store,
    update_endpoint,
)


def begin(line: Line, endpoint: Json, which: str, **more: Any) -> str:
    body = {"since": "2000-01-01T00:00:00Z", "which": which} | more
    reply = line.shop.call(replay_endpoint.handler, body, id=endpoint["id"])
    assert reply.status == 202, reply.text
    id: str = reply.json["id"]
    return id


def after(line: Line, replay_id: str) -> Json:
    """The replay after a turn of the worker, and all that it sent."""
    run_replays.handler(json.loads((ROOT / "events/webhooks/run_replays.json").read_text()), None)
    line.run()
    replay: Json = line.shop.call(get_replay.handler, id=replay_id).json
    return replay


@contextmanager
def disturbed(number: int, kind: str) -> Iterator[list[str]]:
    """The call to AWS of this number goes wrong as `kind` says; yields the names of all calls."""
    real = botocore.client.BaseClient._make_api_call  # type: ignore[attr-defined]
    done, error = DISTURBANCES[kind]
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


def statuses(line: Line, endpoint: Json) -> dict[str, str]:
    return {one["position"]: one["status"] for one in line.deliveries(endpoint["id"])}


def test_all_are_sent_again_also_what_was_before_the_endpoint_oldest_first(line: Line, receiver: Receiver) -> None:
    line.publish(*(line.commit(f"ord_{number}") for number in range(3)))
    endpoint = line.subscribe(receiver.url)
    line.publish(line.commit("ord_3"), line.commit("prd_1", 1, "product.created"))
    line.run()
    assert len(receiver.received) == 1

    replay = after(line, begin(line, endpoint, "all", until=timestamp(line.now + timedelta(seconds=1))))

    assert (replay["status"], replay["looked_at"], replay["sent"]) == ("done", 4, 4)
    assert len(receiver.received) == 5


def test_all_but_what_is_pending_anyway(line: Line, receiver: Receiver) -> None:
    endpoint = line.subscribe(receiver.url)
    line.publish(line.commit("ord_1"), line.commit("ord_2"))
    line.run()
    line.wait(seconds=1)
    replay_id = begin(line, endpoint, "all")

    replay = after(line, replay_id)

    assert (replay["status"], replay["looked_at"], replay["sent"]) == ("done", 2, 2)
    assert sorted(receiver.ids) == sorted([event["id"] for event in line.feed()] * 2)
    assert store.running_replays() == []


def test_only_what_failed(line: Line, receiver: Receiver) -> None:
    endpoint = line.subscribe(receiver.url)
    receiver.behave = lambda received: 500 if "ord_bad" in received.body.decode() else 204
    line.publish(line.commit("ord_good"), line.commit("ord_bad"))
    line.live(days=4)
    assert statuses(line, endpoint) == {"1.0": "delivered", "1.1": "exhausted"}
    receiver.behave = always(204)
    receiver.received.clear()

    replay = after(line, begin(line, endpoint, "failed"))

    assert (replay["status"], replay["looked_at"], replay["sent"]) == ("done", 2, 1)
    assert statuses(line, endpoint) == {"1.0": "delivered", "1.1": "delivered"}
    assert len(receiver.received) == 1


def test_only_what_it_never_had(line: Line, receiver: Receiver) -> None:
    endpoint = line.subscribe(receiver.url)
    line.publish(line.commit("ord_1"))
    line.shop.call(update_endpoint.handler, {"enabled": False}, id=endpoint["id"])
    line.publish(line.commit("ord_2"))
    line.shop.call(update_endpoint.handler, {"enabled": True}, id=endpoint["id"])
    line.run()
    line.wait(seconds=1)

    replay = after(line, begin(line, endpoint, "missing"))

    assert replay["sent"] == 1
    assert statuses(line, endpoint)["2.0"] == "delivered"
    assert len(receiver.received) == 2 or statuses(line, endpoint)["1.0"] == "parked"


def test_a_time_bounds_it_by_the_events_own_timestamps(line: Line, receiver: Receiver) -> None:
    line.wait(hours=-3)
    line.publish(line.commit("ord_1"))
    line.wait(hours=1)
    start = line.now
    late = line.commit("ord_2")
    line.wait(hours=1)
    end = line.now
    line.publish(line.commit("ord_3"), late)
    endpoint = line.subscribe(receiver.url)

    replay = after(line, begin(line, endpoint, "all", since=timestamp(start), until=timestamp(end)))

    assert (replay["looked_at"], replay["sent"]) == (1, 1)
    assert [json.loads(one.body)["entity"]["id"] for one in receiver.received] == ["ord_2"]


def test_a_disabled_or_deleted_endpoint_stops_it(line: Line) -> None:
    disabled, deleted = (line.subscribe("https://shop.example.com/") for _ in range(2))
    replays = [begin(line, endpoint, "all") for endpoint in (disabled, deleted)]
    line.shop.call(update_endpoint.handler, {"enabled": False}, id=disabled["id"])
    line.shop.call(delete_endpoint.handler, id=deleted["id"])

    assert [after(line, replay)["status"] for replay in replays] == ["stopped", "stopped"]
    assert store.running_replays() == []


def test_one_replays_trouble_does_not_hold_up_another(
    line: Line, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    line.publish(line.commit("ord_1"))
    broken, whole = line.subscribe(receiver.url), line.subscribe(receiver.url)
    line.wait(seconds=1)
    replays = [begin(line, endpoint, "all") for endpoint in (broken, whole)]
    original = choosing.deliveries

    def choose(merchant_id: str, endpoints: Any, places: Any) -> Any:
        if endpoints[0][0].id == broken["id"]:
            raise LookupError
        return original(merchant_id, endpoints, places)

    monkeypatch.setattr(choosing, "deliveries", choose)
    with pytest.raises(ExceptionGroup):
        run_replays.handler(None, None)

    told = [line.shop.call(get_replay.handler, id=replay).json["status"] for replay in replays]
    assert told == ["running", "done"]


def test_two_workers_at_once_go_on_from_where_one_of_them_is(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    line.publish(line.commit("ord_1"))
    replay_id = begin(line, line.subscribe("https://shop.example.com/"), "all")
    original = store.save_replay

    def overtaken(merchant_id: str, replay: Any) -> bool:
        assert original(merchant_id, replay)
        return original(merchant_id, replay)

    monkeypatch.setattr(store, "save_replay", overtaken)
    run_replays.handler(None, None)

    assert line.shop.call(get_replay.handler, id=replay_id).json["version"] == 2


@pytest.mark.slow
@pytest.mark.parametrize("kind", DISTURBANCES)
@pytest.mark.parametrize("which", ["all", "failed", "missing"])
def test_wherever_it_dies_the_next_turn_goes_on_and_nothing_is_left_out(
    line: Line, receiver: Receiver, kind: str, which: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_replays, "_PAGES", 2)
    begun = line.now
    for number in count(1):
        empty()
        line.shop, line.messages, line.now = Shop.open(), [], begun
        receiver.behave = always(500 if which == "failed" else 204)
        for order in range(3):
            line.publish(line.commit(f"ord_{order}"))
        endpoint = line.subscribe(receiver.url)
        if which == "failed":
            for order in range(3, 6):
                line.publish(line.commit(f"ord_{order}"))
            started = line.now
            line.live(days=4)
            line.now = started
        receiver.behave, receiver.received = always(204), []
        line.wait(seconds=1)
        replay_id = begin(line, endpoint, which)

        with disturbed(number, kind) as made:
            for _ in range(3):
                try:
                    run_replays.handler(None, None)
                except (Killed, Exception):  # noqa: BLE001, S112 - the schedule calls it again, whatever it was
                    continue
        line.run()
        line.live(days=1)

        assert line.shop.call(get_replay.handler, id=replay_id).json["status"] == "done", made
        log = line.deliveries(endpoint["id"])
        assert len(log) == 3 and {one["status"] for one in log} == {"delivered"}, made
        assert set(receiver.ids) == {one["event_id"] for one in log}, made
        if len(made) < number:
            break
    assert number > 8


def test_messages_that_are_lost_are_made_up_for_by_the_index(
    line: Line, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    line.publish(line.commit("ord_1"))
    endpoint = line.subscribe(receiver.url)
    line.wait(seconds=1)
    begin(line, endpoint, "missing")
    with monkeypatch.context() as patch:
        patch.setattr(queue, "send", lambda *_, **__: None)
        run_replays.handler(None, None)

    line.wake()
    line.run()

    assert statuses(line, endpoint) == {"1.0": "delivered"}
