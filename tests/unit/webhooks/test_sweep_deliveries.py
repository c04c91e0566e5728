"""Reconciliation: what was written, what is in the feed, and what is delivered are held against each other"""

import json
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

from pos import dynamo, outbox
from tests.unit.webhooks.line import Line, Receiver, stored_items, written
from tests.unit.webhooks.test_wake_deliveries import health, statuses
from webhooks import fan_out, queue, store, sweep_deliveries, update_endpoint


@pytest.fixture(autouse=True)
def swept_before(line: Line) -> None:
    """All that was before is in the feed and swept."""
    line.publish(*written())
    line.sweep()


def come_of_age(line: Line) -> None:
    """Let what was just written come of the first age."""
    line.wait(minutes=11)


def test_the_sample_event_sweeps(line: Line) -> None:
    sample = json.loads((Path(__file__).parents[3] / "events/webhooks/sweep_deliveries.json").read_text())
    sweep_deliveries.handler(sample, SimpleNamespace(get_remaining_time_in_millis=lambda: 60_000))
    assert len([item for item in stored_items("webhooks") if item["pk"]["S"] == "sweep"]) == 3


def test_where_all_is_well_it_finds_and_changes_nothing(line: Line, receiver: Receiver) -> None:
    line.subscribe(receiver.url)
    line.publish(*written(), line.commit("ord_1"), line.commit("ord_2"))
    line.run()
    before = [item for item in stored_items("webhooks") if item["pk"]["S"] != "sweep"]
    come_of_age(line)

    assert line.sweep() == 0
    assert [item for item in stored_items("webhooks") if item["pk"]["S"] != "sweep"] == before


def test_a_change_that_the_stream_skipped_gets_its_place_and_is_delivered(line: Line, receiver: Receiver) -> None:
    endpoint = line.subscribe(receiver.url)
    line.publish(*written())
    line.commit("ord_1", 1, "order.created", "order.completed")
    line.publish(line.commit("ord_2"))
    line.run()
    come_of_age(line)

    assert line.sweep() == 2
    line.run()

    assert statuses(line, endpoint) == {"delivered": 3}
    assert len(line.feed(types="order.*")) == 3
    line.wait(minutes=5)
    assert line.sweep() == 0


@pytest.mark.parametrize("step", ["webhooks.store.add_deliveries", "webhooks.queue.send"])
def test_a_sweep_that_dies_while_it_publishes_is_made_up_for_by_its_repeat(
    line: Line, receiver: Receiver, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    endpoint = line.subscribe(receiver.url)
    line.publish(*written())
    line.commit("ord_1")
    come_of_age(line)
    with monkeypatch.context() as patch:
        patch.setattr(step, lambda *_, **__: 1 / 0)
        with pytest.raises(ExceptionGroup):
            line.sweep()
    assert len(line.feed(types="order.*")) == 1

    line.sweep()
    line.live(minutes=1)
    assert statuses(line, endpoint) == {"delivered": 1}


def test_an_event_whose_place_is_in_the_next_slot_is_not_missing(line: Line, receiver: Receiver) -> None:
    line.subscribe(receiver.url)
    line.publish(*written())
    record = line.commit("ord_1")
    line.wait(minutes=5)
    line.publish(record)
    line.run()
    come_of_age(line)
    assert line.sweep() == 0


def test_a_missing_delivery_is_made_and_sent(line: Line, receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    endpoint = line.subscribe(receiver.url)
    line.publish(*written())
    with monkeypatch.context() as patch:
        patch.setattr(store, "add_deliveries", lambda *_: None)
        line.publish(line.commit("ord_1"))
    line.messages.clear()
    come_of_age(line)

    assert line.sweep() == 1
    line.live(minutes=1)
    assert statuses(line, endpoint) == {"delivered": 1}


def test_a_delivery_whose_message_was_lost_is_sent(line: Line, receiver: Receiver) -> None:
    endpoint = line.subscribe(receiver.url)
    line.publish(*written(), line.commit("ord_1"))
    line.messages.clear()
    come_of_age(line)

    assert line.sweep() == 1
    line.live(minutes=1)
    assert statuses(line, endpoint) == {"delivered": 1}
    line.wait(hours=1)
    assert line.sweep() == 0


def test_what_is_parked_for_an_endpoint_that_nobody_would_visit_is_released(line: Line, receiver: Receiver) -> None:
    endpoint = line.subscribe(receiver.url)
    line.publish(*written(), line.commit("ord_1"))
    store.set_aside(queue.Job.parse(line.messages.pop().body).key, "parked")
    come_of_age(line)

    assert line.sweep() == 1
    line.live(minutes=5)
    assert statuses(line, endpoint) == {"delivered": 1}
    assert health(line, endpoint).visit_at is None


def test_an_endpoint_is_owed_what_it_chose_when_the_event_got_its_place(
    line: Line, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    endpoint = line.subscribe(receiver.url, "order.created")
    line.publish(*written())
    with monkeypatch.context() as patch:
        patch.setattr(store, "add_deliveries", lambda *_: None)
        line.publish(line.commit("ord_1", 1, "order.created", "order.completed"))
    late = line.subscribe(receiver.url, "*")
    line.shop.call(update_endpoint.handler, {"event_types": ["order.completed"]}, id=endpoint["id"])
    line.messages.clear()
    come_of_age(line)
    line.sweep()

    assert [one["event_type"] for one in line.deliveries(endpoint["id"])] == ["order.created"]
    assert "ord_1" not in json.dumps(line.deliveries(late["id"]))


def test_a_change_that_nobody_can_read_is_put_in_quarantine_and_not_counted_for_ever(
    line: Line, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    line.commit("ord_1")
    monkeypatch.setattr("pos.outbox.events", lambda _: 1 / 0)
    come_of_age(line)

    assert line.sweep() == 0
    noted = [item["sk"]["S"] for item in stored_items("events") if item["pk"]["S"].endswith("#quarantine")]
    assert [one for one in noted if "ord_1" in one] == [f"{line.shop.merchant_id}#ord_1/v0000000001"]


def test_each_age_looks_again(line: Line, receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    line.subscribe(receiver.url)
    line.publish(*written())
    line.commit("ord_1")
    with monkeypatch.context() as patch:
        patch.setattr(fan_out, "publish", lambda *_: None)
        come_of_age(line)
        assert line.sweep() == 1
        line.wait(minutes=5)
        assert line.sweep() == 0
        line.wait(minutes=55)
        assert line.sweep() == 1
    line.wait(hours=24)
    assert line.sweep() == 1


def test_one_that_fails_or_runs_out_of_time_goes_on_where_it_was(
    line: Line, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    line.commit("ord_1")
    come_of_age(line)
    sweep_deliveries.handler(None, SimpleNamespace(get_remaining_time_in_millis=lambda: 1000))
    with monkeypatch.context() as patch:
        patch.setattr(fan_out, "publish", lambda *_: 1 / 0)
        with pytest.raises(ExceptionGroup):
            sweep_deliveries.handler(None, SimpleNamespace(get_remaining_time_in_millis=lambda: 60_000))
    line.wait(minutes=30)
    assert line.sweep() == 1
    assert [event["entity"]["id"] for event in line.feed(types="order.*")] == ["ord_1"]


class TestCanary:
    def test_a_sweep_that_works_finds_what_the_publisher_leaves_out(self, line: Line) -> None:
        line.publish(*written())
        assert store.pages_after(store.CANARY, 0, 10) == []
        come_of_age(line)
        line.sweep()
        [page] = store.pages_after(store.CANARY, 0, 10)
        assert [ref.entity_id for ref in page.refs] == [f"can_{outbox.slot(store.CANARY, _before(line))}"]

    def test_the_monitor_outside_gets_them_as_anybody_would(
        self, line: Line, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("CANARY_URL", receiver.url)
        for _ in range(4):
            line.sweep()
            line.run()
            line.wait(minutes=5)
        assert len(receiver.received) >= 2

    def test_a_monitor_that_was_suspended_or_moved_is_sent_to_again(
        self, line: Line, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("CANARY_URL", "https://old.example.com/")
        line.sweep()
        target = dynamo.get(store.target_ref(store.CANARY, "whe_canary"))
        assert target is not None
        store.suspend_endpoint(store.CANARY, target, line.now)
        monkeypatch.setenv("CANARY_URL", receiver.url)
        line.sweep()
        [(endpoint, _)] = store.all_endpoints(store.CANARY)
        assert (endpoint.url, endpoint.enabled, endpoint.suspended_at) == (receiver.url, True, None)


def _before(line: Line) -> datetime:
    return line.now - timedelta(minutes=11)
