"""get_event_digest"""

from collections import defaultdict
from collections.abc import Iterable
from hashlib import sha256
from typing import Any

import pytest

from pos.clock import timestamp
from tests.support.contract import assert_needs
from tests.support.samples import sample
from tests.support.shop import Shop, send
from tests.unit.webhooks.line import Json, Line
from webhooks import get_event_digest


def digest(events: Iterable[Json]) -> list[Json]:
    """What a consumer computes of the events that it has, as docs/webhooks.md says."""
    sums: defaultdict[str, list[int]] = defaultdict(lambda: [0, 0])
    for event in events:
        of = sums[event["type"]]
        of[0] += 1
        of[1] = (of[1] + int(sha256(event["id"].encode()).hexdigest(), 16)) % 2**256
    return [{"type": name, "count": count, "sum": f"{total:064x}"} for name, (count, total) in sorted(sums.items())]


def asked(line: Line, **query: str) -> Any:
    whole = {"from": "2000-01-01T00:00:00Z", "to": "2100-01-01T00:00:00Z"}
    reply = line.shop.call(get_event_digest.handler, query=whole | query)
    assert reply.status == 200, reply.text
    return reply.json


def test_the_sample_answers_a_digest(shop: Shop) -> None:
    reply = send(get_event_digest.handler, sample("webhooks", "get_event_digest", shop))

    assert (reply.status, reply.json) == (200, {"items": [], "next_cursor": None})


def test_it_is_what_a_consumer_of_all_events_computes(line: Line) -> None:
    for number in range(5):
        line.publish(*(line.commit(f"ord_{number}_{n}", 1, "order.created", "order.completed") for n in range(3)))
    feed = line.feed()

    assert asked(line) == {"items": digest(feed), "next_cursor": None}
    assert digest(feed[1:]) != digest(feed) != digest([*feed, feed[0]])


def test_a_time_has_the_events_of_its_timestamps_however_late_they_were_published(line: Line) -> None:
    day = [line.commit("ord_early"), line.commit("ord_late")]
    start = line.now
    line.publish(day[0])
    line.wait(hours=1)
    end = line.now
    after = line.commit("ord_after")
    line.wait(hours=40)
    line.publish(after)
    line.publish(day[1])
    line.wait(hours=1)
    for number in range(6):
        line.publish(line.commit(f"ord_{number}"))

    inside = [event for event in line.feed() if event["entity"]["id"] in ("ord_early", "ord_late")]
    assert asked(line, **{"from": timestamp(start), "to": timestamp(end)})["items"] == digest(inside)
    later = [event for event in line.feed() if event not in inside]
    assert asked(line, **{"from": timestamp(end)})["items"] == digest(later)


def test_parts_add_up(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(7):
        line.publish(line.commit(f"ord_{number}"))
    monkeypatch.setattr(get_event_digest, "_PAGES_AT_ONCE", 1)
    monkeypatch.setattr(get_event_digest, "_ROUNDS", 2)

    parts = [asked(line)]
    while parts[-1]["next_cursor"] is not None:
        parts.append(asked(line, cursor=parts[-1]["next_cursor"]))

    [whole] = digest(line.feed())
    counted = [item for part in parts for item in part["items"]]
    assert len(parts) == 4
    assert sum(item["count"] for item in counted) == whole["count"] == 7
    assert sum(int(item["sum"], 16) for item in counted) % 2**256 == int(whole["sum"], 16)


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ({"from": "2026-11-24"}, "?from"),
        ({"from": "2026-11-24T00:00:00Z", "to": "2026-11-24T00:00:00Z"}, "?"),
        ({"cursor": "9" * 21}, "?cursor"),
    ],
)
def test_a_time_that_is_none_is_refused(line: Line, query: Json, pointer: str) -> None:
    whole = {"from": "2000-01-01T00:00:00Z", "to": "2100-01-01T00:00:00Z"}
    reply = line.shop.call(get_event_digest.handler, query=whole | query)

    assert (reply.status, reply.code, reply.pointers) == (422, "request.invalid", [pointer])


@pytest.mark.parametrize("cursor", ["-1", "p1", "1.0", "9" * 13])
def test_a_cursor_that_was_not_given_out_is_refused(line: Line, cursor: str) -> None:
    query = {"from": "2000-01-01T00:00:00Z", "to": "2100-01-01T00:00:00Z", "cursor": cursor}

    assert line.shop.call(get_event_digest.handler, query=query).code == "request.invalid_cursor"


def test_it_needs_its_permission_and_tells_of_nobody_elses_events(line: Line) -> None:
    line.publish(line.commit("ord_1"))
    query = {"from": "2000-01-01T00:00:00Z", "to": "2100-01-01T00:00:00Z"}

    assert Shop.open().call(get_event_digest.handler, query=query).json["items"] == []
    assert_needs("events:read", line.shop, get_event_digest.handler, query=query)
