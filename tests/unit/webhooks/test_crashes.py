"""Whatever call to AWS fails, before or after it took effect, and however the process ends there: nothing is lost.

The scenario is two changes with three events for two endpoints, one of which fails at first. It runs once for each call
that it makes, with a disturbance there; then the stream and the queue do what they do: they bring back what was not
acknowledged.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any
from unittest import mock

import botocore.client
import botocore.exceptions
import pytest

from tests.support.shop import Shop
from tests.unit.webhooks.line import Line, Receiver, Record
from webhooks import store


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


@contextmanager
def disturbed(number: int, *, done: bool, error: Callable[[], BaseException]) -> Iterator[list[str]]:
    """The call of this number goes wrong; yields the names of all calls."""
    real = botocore.client.BaseClient._make_api_call  # type: ignore[attr-defined]
    made: list[str] = []
    numbers = count(1)

    def call(client: Any, operation: str, arguments: Any) -> Any:
        made.append(operation)
        if next(numbers) != number:
            return real(client, operation, arguments)
        if done:
            real(client, operation, arguments)
        raise error()

    with mock.patch.object(botocore.client.BaseClient, "_make_api_call", call):
        yield made


def _run(line: Line, records: list[Record]) -> None:
    """Publish and deliver until everything is acknowledged."""
    _until_it_works(lambda: line.publish(*records))
    line.wait(seconds=1)
    while line.messages:
        line.now = max(line.now, min(message.visible_at for message in line.messages))
        _until_it_works(line.deliver)


def _until_it_works(step: Callable[[], object]) -> None:
    for _ in range(5):
        try:
            step()
        except (Killed, Exception):  # noqa: BLE001, S112 - the stream and the queue try again, whatever it was
            continue
        return
    raise AssertionError("it never works")


@pytest.mark.slow
@pytest.mark.parametrize("kind", DISTURBANCES)
def test_nothing_is_lost_and_nothing_has_two_places(line: Line, receiver: Receiver, kind: str) -> None:
    receiver.behave = lambda received: 500 if "shaky" in received.path and received.times == 1 else 204
    done, error = DISTURBANCES[kind]
    for number in count(1):
        line.shop, line.messages, receiver.received = Shop.open(), [], []
        steady, shaky = line.subscribe(receiver.url + "/steady"), line.subscribe(receiver.url + "/shaky", "*")
        records = [line.commit("ord_1", 1, "order.created", "order.completed"), line.commit("ord_2")]

        with disturbed(number, done=done, error=error) as made:
            _run(line, records)

        events = [event["id"] for event in line.feed(types="order.*")]
        assert len(events) == len(set(events)) == 3, made
        pages = store.pages_after(line.shop.merchant_id, 0, 100)
        assert [page.number for page in pages] == list(range(1, len(pages) + 1))
        for endpoint in (steady, shaky):
            log = line.deliveries(endpoint["id"])
            assert sorted(one["event_id"] for one in log) == sorted(events), made
            assert {one["status"] for one in log} == {"delivered"}, made
            path = "/hook/steady" if endpoint is steady else "/hook/shaky"
            assert {one.id for one in receiver.received if one.path == path} == set(events), made
        if len(made) < number:
            break
    assert number > 15


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
