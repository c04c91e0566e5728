"""Every minute: what is due is queued, and endpoints that fail are visited"""

from collections import Counter
from types import SimpleNamespace

import pytest

from pos import dynamo
from tests.unit.webhooks.line import Json, Line, Receiver, always
from webhooks import breaker, delete_endpoint, get_endpoint, queue, store, update_endpoint, wake_deliveries
from webhooks.breaker import Health
from webhooks.rules import Position


def health(line: Line, endpoint: Json) -> Health:
    return dynamo.get(store.health_ref(line.shop.merchant_id, endpoint["id"]))


def statuses(line: Line, endpoint: Json) -> Counter[str]:
    return Counter(one["status"] for one in line.deliveries(endpoint["id"]))


def fail(line: Line, endpoint: Json, receiver: Receiver) -> None:
    """Let the endpoint's breaker open: six events fail, over more than a minute."""
    receiver.behave = always(500)
    line.publish(*(line.commit(f"ord_{n}") for n in range(6)))
    line.live(minutes=4)
    assert health(line, endpoint).state == "open"


class TestDue:
    def test_a_delivery_whose_message_was_lost_is_brought_back(self, line: Line, receiver: Receiver) -> None:
        receiver.behave = lambda received: 500 if received.times == 1 else 204
        endpoint = line.subscribe(receiver.url)
        line.publish(line.commit("ord_1"))
        line.deliver()
        line.messages.clear()

        line.live(minutes=20)

        assert statuses(line, endpoint) == {"delivered": 1}

    def test_one_that_was_queued_is_queued_again_only_if_nothing_comes_of_it(
        self, line: Line, receiver: Receiver
    ) -> None:
        receiver.behave = always(500)
        line.subscribe(receiver.url)
        line.publish(line.commit("ord_1"))
        line.deliver()
        line.messages.clear()
        line.wait(minutes=16)

        line.wake()
        line.wake()
        assert len(line.messages) == 1
        line.messages.clear()
        line.wait(minutes=16)
        line.wake()
        assert len(line.messages) == 1

    def test_what_answers_at_once_never_enters_the_index(self, line: Line, receiver: Receiver) -> None:
        line.subscribe(receiver.url)
        line.publish(line.commit("ord_1"))
        assert line.next_moment() == line.messages[0].visible_at
        line.run()
        assert line.next_moment() is None

    def test_it_stops_in_time_and_goes_on_at_the_next_turn(self, line: Line, receiver: Receiver) -> None:
        receiver.behave = always(500)
        line.subscribe(receiver.url)
        line.publish(line.commit("ord_1"))
        line.deliver()
        line.messages.clear()
        line.wait(minutes=16)

        wake_deliveries.handler(None, SimpleNamespace(get_remaining_time_in_millis=lambda: 1000))
        assert line.messages == []
        line.wake()
        assert len(line.messages) == 1

    def test_one_endpoints_trouble_does_not_hold_up_the_others(
        self, line: Line, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        receiver.behave = always(500)
        line.subscribe(receiver.url)
        line.publish(line.commit("ord_1"))
        line.deliver()
        line.messages.clear()
        dynamo.transact([store.visit(line.shop.merchant_id, "whe_broken", line.now)])
        monkeypatch.setattr(store, "parked", lambda *_: 1 / 0)
        line.wait(minutes=16)

        with pytest.raises(ExceptionGroup):
            line.wake()
        assert len(line.messages) == 1


class TestBreaker:
    def test_while_it_is_open_nothing_is_sent_but_one_probe_at_a_time(self, line: Line, receiver: Receiver) -> None:
        endpoint = line.subscribe(receiver.url)
        fail(line, endpoint, receiver)
        line.live(hours=3)
        receiver.received.clear()
        line.publish(*(line.commit(f"ord_late_{n}") for n in range(4)))

        line.live(hours=3)

        assert statuses(line, endpoint) == {"parked": 10}
        assert 5 <= len(receiver.received) <= 7
        assert health(line, endpoint).state == "open"

    def test_a_poison_event_alone_never_opens_it(self, line: Line, receiver: Receiver) -> None:
        receiver.behave = lambda received: 400 if b"poison" in received.body else 204
        endpoint = line.subscribe(receiver.url)
        line.publish(line.commit("ord_poison"))
        line.live(days=5)
        assert health(line, endpoint).state == "closed"
        assert statuses(line, endpoint) == {"exhausted": 1}

    def test_a_poison_event_cannot_keep_it_open(self, line: Line, receiver: Receiver) -> None:
        endpoint = line.subscribe(receiver.url)
        fail(line, endpoint, receiver)
        receiver.behave = lambda received: 400 if b"ord_0" in received.body else 204
        line.live(hours=2)
        assert health(line, endpoint).state == "closed"
        assert statuses(line, endpoint) == {"delivered": 5, "pending": 1}

    def test_recovery_drains_the_oldest_first_and_slowly(self, line: Line, receiver: Receiver) -> None:
        endpoint = line.subscribe(receiver.url)
        fail(line, endpoint, receiver)
        line.publish(*(line.commit(f"ord_{n}") for n in range(6, 40)))
        receiver.received.clear()
        receiver.behave = always(204)
        turns = []
        while statuses(line, endpoint)["parked"]:
            before = len(receiver.received)
            line.live(minutes=1)
            turns.append(len(receiver.received) - before)

        assert [turn for turn in turns if turn] in ([11, 20, 9], [1, 10, 20, 9])
        events = [event["id"] for event in line.feed(types="order.*")]
        rest = [one for one in events if one != receiver.ids[0]]
        for start, end in ((0, 10), (10, 30), (30, 39)):
            assert set(receiver.ids[1 + start : 1 + end]) == set(rest[start:end])
        line.live(minutes=10)
        assert statuses(line, endpoint) == {"delivered": 40}
        assert line.next_moment() is None

    def test_what_was_parked_at_the_moment_it_closed_is_released_too(self, line: Line, receiver: Receiver) -> None:
        endpoint = line.subscribe(receiver.url)
        fail(line, endpoint, receiver)
        receiver.behave = always(204)
        while health(line, endpoint).state != "closed":
            line.live(minutes=1)
        line.publish(line.commit("ord_late"))
        key = queue.Job.parse(line.messages[-1].body).key
        line.messages.clear()
        store.set_aside(key, "parked")

        line.live(minutes=5)

        assert statuses(line, endpoint) == {"delivered": 7}

    def test_five_days_of_failure_suspend_it_and_events_are_kept_for_thirty(
        self, line: Line, receiver: Receiver
    ) -> None:
        endpoint = line.subscribe(receiver.url)
        fail(line, endpoint, receiver)
        line.wait(days=5)
        line.live(hours=1)
        after = line.shop.call(get_endpoint.handler, id=endpoint["id"]).json
        assert (after["enabled"], after["suspended_at"] is not None) == (False, True)
        line.publish(line.commit("ord_late"))
        tried = len(receiver.received)

        line.live(days=26)

        assert statuses(line, endpoint) == {"expired": 6, "parked": 1}
        assert len(receiver.received) == tried

    def test_an_endpoint_that_is_enabled_again_gets_what_was_parked(self, line: Line, receiver: Receiver) -> None:
        receiver.behave = always(410)
        endpoint = line.subscribe(receiver.url)
        line.publish(line.commit("ord_1"))
        line.live(days=2)
        line.publish(line.commit("ord_2"))
        assert statuses(line, endpoint) == {"parked": 2}
        receiver.behave = always(204)

        assert line.shop.call(update_endpoint.handler, {"enabled": True}, id=endpoint["id"]).status == 200
        line.live(minutes=10)

        assert statuses(line, endpoint) == {"delivered": 2}
        assert health(line, endpoint).state == "closed"

    def test_what_is_parked_for_a_deleted_endpoint_is_discarded(self, line: Line, receiver: Receiver) -> None:
        endpoint = line.subscribe(receiver.url)
        fail(line, endpoint, receiver)
        key = [store.DeliveryKey(line.shop.merchant_id, endpoint["id"], position) for position in _positions(line)]
        line.shop.call(delete_endpoint.handler, id=endpoint["id"])

        line.live(hours=1)

        found = [dynamo.get(store.progress_ref(one)) for one in key]
        assert {one.status for one in found if one} == {"discarded"}
        assert line.next_moment() is None

    def test_health_is_written_only_when_it_changes(self, line: Line, receiver: Receiver) -> None:
        endpoint = line.subscribe(receiver.url)
        prove(line)
        proven = health(line, endpoint).version
        line.publish(*(line.commit(f"ord_{n}") for n in range(30)))
        line.run()
        assert health(line, endpoint).version == proven


class TestLanes:
    def test_a_slow_endpoint_gets_a_lane_of_its_own_and_leaves_it_when_it_is_quick(
        self, line: Line, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        endpoint = line.subscribe(receiver.url)
        prove(line)
        monkeypatch.setattr("webhooks.posting._ms_since", lambda _: 2500)
        line.publish(*(line.commit(f"ord_{n}") for n in range(breaker.SAMPLE)))
        line.publish(line.commit("ord_next"))
        assert {message.lane for message in line.messages} == {"deliveries"}
        line.deliver()
        assert health(line, endpoint).slow
        [moved] = line.messages
        assert moved.lane == "deliveries-slow"

        monkeypatch.setattr("webhooks.posting._ms_since", lambda _: 30)
        line.publish(*(line.commit(f"ord_quick_{n}") for n in range(breaker.SAMPLE)))
        assert {message.lane for message in line.messages} == {"deliveries-slow"}
        line.run()
        assert not health(line, endpoint).slow
        assert statuses(line, endpoint) == {"delivered": 2 * breaker.SAMPLE + 4}

    def test_a_new_endpoint_has_to_prove_that_it_is_quick(self, line: Line, receiver: Receiver) -> None:
        endpoint = line.subscribe(receiver.url)
        line.publish(line.commit("ord_1"))
        assert {message.lane for message in line.messages} == {"deliveries-slow"}
        prove(line)
        line.publish(line.commit("ord_2"))
        assert {message.lane for message in line.messages} == {"deliveries"}

        answer = line.shop.call(update_endpoint.handler, {"url": f"{receiver.url}/moved"}, id=endpoint["id"])
        assert answer.status == 200, answer
        line.run()
        line.publish(line.commit("ord_3"))
        assert {message.lane for message in line.messages} == {"deliveries-slow"}

    def test_one_time_out_keeps_an_endpoint_from_making_others_wait(
        self, line: Line, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        line.subscribe(receiver.url)
        prove(line)
        monkeypatch.setattr("webhooks.posting._ms_since", lambda _: 15_000)
        receiver.behave = always(500)
        line.publish(line.commit("ord_1"))
        line.deliver()
        line.messages.clear()
        line.publish(line.commit("ord_2"))
        assert {message.lane for message in line.messages} == {"deliveries-slow"}


def prove(line: Line) -> None:
    """Have three quick answers of each endpoint."""
    line.publish(*(line.commit(f"ord_first_{n}") for n in range(3)))
    line.run()


def _positions(line: Line) -> list[Position]:
    pages = store.pages_after(line.shop.merchant_id, 0, 100)
    return [Position(page.number, index) for page in pages for index, ref in enumerate(page.refs)][:6]
