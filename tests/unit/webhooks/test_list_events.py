"""list_events"""

import json
from typing import Any

import pytest

from pos import aws, outbox
from tests.support.contract import assert_needs
from tests.support.samples import sample
from tests.support.shop import Shop, send
from tests.unit.webhooks.line import Json, Line, Receiver, stored_items
from webhooks import delete_endpoint, list_events


def page(line: Line, **query: str) -> Any:
    reply = line.shop.call(list_events.handler, query=query)
    assert reply.status == 200, reply.text
    return reply.json


def test_the_sample_event_reads_the_feed(line: Line) -> None:
    line.publish(line.commit("ord_1", 1, "order.created", "order.completed"), line.commit("ord_2"))

    reply = send(list_events.handler, sample("webhooks", "list_events", line.shop))

    assert [event["type"] for event in reply.json["items"]] == ["order.created", "order.completed", "order.created"]
    assert (reply.json["next_cursor"], reply.json["position"]) == (None, "1.2")


def test_events_are_the_very_bodies_that_webhooks_carry(line: Line, receiver: Receiver) -> None:
    line.subscribe(receiver.url)
    line.publish(line.commit("ord_1", 1, "order.created", "order.completed", data={"note": "Kopi «tubruk» ☕", "n": 1}))
    line.run()

    text = line.shop.call(list_events.handler).text

    assert len(receiver.received) == 2
    for received in receiver.received:
        assert received.body.decode() in text
    assert {event["id"] for event in json.loads(text)["items"]} == set(receiver.ids)


def test_a_reader_goes_on_from_where_it_was(line: Line) -> None:
    first = page(line)
    assert first == {"items": [], "next_cursor": None, "position": "0.0"}

    line.publish(line.commit("ord_1"), line.commit("ord_2"))
    second = page(line, after=first["position"])
    line.publish(line.commit("ord_3"))
    third = page(line, after=second["position"])

    assert [event["entity"]["id"] for event in second["items"] + third["items"]] == ["ord_1", "ord_2", "ord_3"]
    assert page(line, after=third["position"]) == {"items": [], "next_cursor": None, "position": "2.0"}


def test_a_reader_goes_on_behind_an_event_it_has(line: Line) -> None:
    line.publish(*(line.commit(f"ord_{n}") for n in range(4)))
    second = page(line)["items"][1]["id"]

    assert [event["entity"]["id"] for event in page(line, after=second)["items"]] == ["ord_2", "ord_3"]


@pytest.mark.parametrize("limit", [1, 2, 3, 200])
def test_pages_have_every_event_once_in_order(line: Line, limit: int) -> None:
    for n in range(3):
        line.publish(*(line.commit(f"ord_{n}_{m}", 1, "order.created", "order.completed") for m in range(2)))

    items = line.feed(limit=str(limit))

    wanted = [f"ord_{n}_{m}" for n in range(3) for m in range(2) for _ in range(2)]
    assert [event["entity"]["id"] for event in items] == wanted
    assert len({event["id"] for event in items}) == 12


def test_types_are_filtered_without_losing_the_place(line: Line) -> None:
    line.publish(*(line.commit(f"ord_{n}", 1, "order.created", *["order.completed"] * (n % 3 == 0)) for n in range(9)))

    completed = line.feed(types="order.completed,product.*", limit="1")

    assert [event["entity"]["id"] for event in completed] == ["ord_0", "ord_3", "ord_6"]
    answer = page(line, types="product.*")
    assert (answer["items"], answer["next_cursor"], answer["position"]) == ([], None, "1.11")


def test_a_call_looks_through_a_bounded_part_of_the_feed(line: Line) -> None:
    for n in range(25):
        line.publish(line.commit(f"ord_{n}", 1, "order.completed" if n == 24 else "order.created"))

    first = page(line, types="order.completed")

    assert (first["items"], first["next_cursor"], first["position"]) == ([], "20.0", "20.0")
    [found] = page(line, types="order.completed", cursor=first["next_cursor"])["items"]
    assert found["entity"]["id"] == "ord_24"


def test_an_answer_is_no_larger_than_what_lambda_can_answer(line: Line) -> None:
    big = {"note": '\\"' * 60_000}
    for n in range(5):
        line.publish(*(line.commit(f"ord_{n}_{m}", data=big) for m in range(5)))

    first = line.shop.call(list_events.handler, query={"limit": "200"})

    assert len(json.dumps(first.text)) < 6_000_000 * 2
    assert 0 < len(first.json["items"]) < 25
    assert first.json["next_cursor"] is not None
    assert len(line.feed(limit="200")) == 25


@pytest.mark.parametrize("after", ["1.5", "2.0", "0.1", "7", "-1.0", "evt", "1.0 "])
def test_a_position_that_the_feed_does_not_have_is_refused(line: Line, after: str) -> None:
    line.publish(line.commit("ord_1"))

    reply = line.shop.call(list_events.handler, query={"after": after})

    assert (reply.status, reply.code) == (400, "request.invalid_cursor")


def test_an_event_that_the_feed_does_not_have_is_refused(line: Line) -> None:
    other = Line(Shop.open(), line.now)
    other.publish(other.commit("ord_1"))
    [theirs] = other.feed()

    reply = line.shop.call(list_events.handler, query={"after": theirs["id"]})

    assert (reply.status, reply.code, reply.pointers) == (422, "event.unknown", ["?after"])
    assert line.feed() == []


def test_an_unknown_type_is_refused(line: Line) -> None:
    reply = line.shop.call(list_events.handler, query={"types": "order.*,order.eaten"})

    assert (reply.status, reply.code, reply.pointers) == (422, "request.invalid", ["?types.1"])


def test_a_query_that_passes_a_page_before_it_is_written_leaves_the_next_for_later(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(3):
        line.publish(line.commit(f"ord_{n}"))
    client: Any = aws.dynamodb()
    query = client.query

    def passing(**request: Any) -> Any:
        answer = query(**request)
        answer["Items"] = [item for item in answer["Items"] if item["sk"]["S"] != "p000000000002"]
        return answer

    with monkeypatch.context() as patch:
        patch.setattr(client, "query", passing)
        seen = page(line)
    seen_later = page(line, after=seen["position"])

    assert [event["entity"]["id"] for event in seen["items"]] == ["ord_0"]
    assert [event["entity"]["id"] for event in seen_later["items"]] == ["ord_1", "ord_2"]


def test_a_page_that_is_gone_for_good_is_no_end_of_the_feed(line: Line) -> None:
    line.publish(line.commit("ord_1"))
    line.publish(line.commit("ord_2"))
    [first, _] = [item for item in stored_items("events") if item["kind"]["S"] == "page"]
    aws.dynamodb().delete_item(TableName=f"test-{outbox.TABLE}", Key={name: first[name] for name in ("pk", "sk")})

    assert line.shop.call(list_events.handler).status == 500


def test_it_needs_its_permission(line: Line) -> None:
    assert_needs("events:read", line.shop, list_events.handler)


class TestOfAnEntity:
    def test_its_history_comes_in_the_order_of_its_versions_page_by_page(self, line: Line) -> None:
        records = [line.commit("ord_mine", version) for version in (2, 1, 3)]
        line.publish(*records, line.commit("ord_other"))

        seen = line.feed(entity_id="ord_mine", limit="2")

        assert [event["entity"]["version"] for event in seen] == [1, 2, 3]
        assert {event["id"] for event in seen} < {event["id"] for event in line.feed()}
        assert line.feed(entity_id="ord_mine", types="product.*") == []
        assert Shop.open().call(list_events.handler, query={"entity_id": "ord_mine"}).json["items"] == []

    def test_a_deleted_ones_last_event_is_its_tombstone(self, line: Line) -> None:
        made = line.subscribe("https://shop.example.com/")
        line.shop.call(delete_endpoint.handler, id=made["id"])

        last = line.feed(entity_id=made["id"])[-1]

        assert (last["type"], last["entity"]["version"]) == ("endpoint.deleted", 2)
        assert last["data"]["deleted_at"] is not None

    @pytest.mark.parametrize(
        ("query", "pointer"), [({"entity_id": "feed"}, "?entity_id"), ({"entity_id": "ord_mine", "after": "1.0"}, "?")]
    )
    def test_what_is_no_entity_or_no_place_in_its_history_is_refused(
        self, line: Line, query: Json, pointer: str
    ) -> None:
        reply = line.shop.call(list_events.handler, query=query)

        assert (reply.status, reply.pointers) == (422, [pointer])

    def test_a_cursor_of_the_feed_is_none_of_a_history(self, line: Line) -> None:
        reply = line.shop.call(list_events.handler, query={"entity_id": "ord_mine", "cursor": "1.0"})

        assert reply.code == "request.invalid_cursor"
