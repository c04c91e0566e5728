"""publish_events"""

import base64
import copy
import json
import random
import threading
from collections import Counter
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pos import aws, dynamo
from tests.support.contract import logged
from tests.support.samples import sample
from tests.support.shop import Shop, request_event
from tests.unit.webhooks.line import Line, Receiver, stored_items
from webhooks import list_events, publish_events, store


def feed_ids(line: Line) -> list[str]:
    return [event["id"] for event in line.feed()]


def statuses(line: Line, endpoint: Any) -> Counter[str]:
    return Counter(one["status"] for one in line.deliveries(endpoint["id"]))


def test_the_sample_event_is_published(line: Line) -> None:
    endpoint = line.subscribe("https://shop.example.com/hook", "order.completed")
    event = sample("webhooks", "publish_events", line.shop)
    image = event["Records"][0]["dynamodb"]["NewImage"]
    stored = image | {"data": {"B": base64.b64decode(image["data"]["B"])}}
    aws.dynamodb().put_item(TableName="test-events", Item=stored)

    publish_events.handler(event, None)

    assert [one["type"] for one in line.feed()] == ["order.created", "order.completed"]
    [delivery] = line.deliveries(endpoint["id"])
    assert (delivery["position"], delivery["status"], delivery["attempts"]) == ("1.1", "pending", 0)
    assert [message.group for message in line.messages] == [endpoint["id"]]


class TestTheFeed:
    def test_a_batch_is_a_page_in_the_streams_order(self, line: Line) -> None:
        line.publish(*(line.commit(f"ord_{n}", 1, "order.created", "order.completed") for n in (3, 1, 2)))

        assert [event["entity"]["id"] for event in line.feed()] == [f"ord_{n}" for n in (3, 3, 1, 1, 2, 2)]
        assert [page.number for page in store.pages_after(line.shop.merchant_id, 0, 10)] == [1]

    def test_a_large_batch_becomes_several_pages(self, line: Line) -> None:
        types = ("order.created", "order.status_updated", "order.completed")
        records = [line.commit(f"ord_{n}", 1, *types) for n in range(34)]

        line.publish(*records)

        pages = store.pages_after(line.shop.merchant_id, 0, 10)
        assert [len(page.refs) for page in pages] == [99, 3]
        assert [event["entity"]["id"] for event in line.feed()] == [f"ord_{n}" for n in range(34) for _ in types]

    def test_a_repeated_batch_changes_nothing(self, line: Line) -> None:
        records = [line.commit(f"ord_{n}") for n in range(3)]
        line.publish(*records)
        before = stored_items("events")

        line.publish(*records)
        line.publish(*reversed(records), records[0])

        assert stored_items("events") == before

    def test_what_is_new_in_a_repeated_batch_is_added(self, line: Line) -> None:
        old, new = [line.commit(f"ord_old{n}") for n in range(3)], [line.commit(f"ord_new{n}") for n in range(2)]
        line.publish(*old)

        line.publish(old[2], new[0], old[0], new[1])

        assert [event["entity"]["id"] for event in line.feed()] == [
            *("ord_old0", "ord_old1", "ord_old2"),
            *("ord_new0", "ord_new1"),
        ]

    def test_merchants_have_feeds_of_their_own(self, line: Line) -> None:
        other = Line(Shop.open(), line.now)

        line.publish(line.commit("ord_1"), other.commit("ord_1"), line.commit("ord_2"))

        assert [event["entity"]["id"] for event in line.feed()] == ["ord_1", "ord_2"]
        [theirs] = other.feed()
        assert theirs["merchant_id"] == other.shop.merchant_id

    @settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(st.data())
    def test_however_the_stream_cuts_and_repeats_each_event_has_one_place(
        self, line: Line, data: st.DataObject
    ) -> None:
        line = Line(Shop.open(), line.now)
        histories = [
            [line.commit(f"ord_{n}", version, *types) for version, types in enumerate(changes, 1)]
            for n, changes in enumerate(
                data.draw(st.lists(st.lists(st.sampled_from(_CHANGES), min_size=1, max_size=3), min_size=1, max_size=3))
            )
        ]
        for batch in data.draw(_batches(histories)):
            line.publish(*batch)

        events = line.feed()
        assert len({event["id"] for event in events}) == len(events)
        wanted = {
            record["eventID"]: len(record["dynamodb"]["NewImage"]["types"]["L"]) for one in histories for record in one
        }
        assert len(events) == sum(wanted.values())
        for n in range(len(histories)):
            versions = [event["entity"]["version"] for event in events if event["entity"]["id"] == f"ord_{n}"]
            assert versions == sorted(versions)


_CHANGES = [["order.created"], ["order.updated"], ["order.created", "order.completed"]]


@st.composite
def _batches(draw: st.DrawFn, histories: list[list[Any]]) -> list[list[Any]]:
    """Records in an order that the stream may show (each entity's own order holds), cut anywhere, batches repeated."""
    merged: list[Any] = []
    left = [list(history) for history in histories]
    while any(left):
        merged.append(draw(st.sampled_from([one for one in left if one])).pop(0))
    cuts = sorted(draw(st.sets(st.integers(1, len(merged)))) | {len(merged)})
    batches = [merged[low:high] for low, high in zip([0, *cuts], cuts, strict=False)]
    return [batch for batch in batches for _ in range(draw(st.integers(1, 3)))]


def test_concurrent_publishers_make_one_feed_and_a_reader_that_follows_sees_each_event_once(
    line: Line,
) -> None:
    done, trouble = threading.Event(), list[BaseException]()
    position, seen = "0.0", list[str]()

    def read() -> None:
        nonlocal position
        # not by `Shop.call`: its permissions would be held against the writers' threads, too
        request = request_event(line.shop.merchant_id, query={"after": position, "limit": "7"})
        answer = json.loads(list_events.handler(request, None)["body"])
        seen.extend(event["id"] for event in answer["items"])
        position = answer["position"]

    def follow() -> None:
        while not done.is_set():
            read()

    def write(writer: int) -> None:
        try:
            for n in range(3):
                records = [
                    line.commit(f"ord_{writer}_{n}_{m}", 1, "order.created", "order.completed") for m in range(2)
                ]
                line.publish(*records, *records[:1])
                if n == 1:
                    line.publish(*records)
        except BaseException as error:
            trouble.append(error)
            raise

    reader = threading.Thread(target=follow)
    writers = [threading.Thread(target=write, args=(writer,)) for writer in range(6)]
    for thread in (reader, *writers):
        thread.start()
    for thread in writers:
        thread.join()
    done.set()
    reader.join()
    while True:
        before = position
        read()
        if position == before:
            break

    assert trouble == []
    assert len(seen) == 6 * 3 * 2 * 2
    assert len(set(seen)) == len(seen)
    assert seen == feed_ids(line)
    numbers = [page.number for page in store.pages_after(line.shop.merchant_id, 0, 1000)]
    assert numbers == list(range(1, len(numbers) + 1))


def test_a_publisher_that_lost_the_race_for_a_page_takes_the_next(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    client: Any = aws.dynamodb()
    transact, rival, own = client.transact_write_items, line.commit("ord_rival"), line.commit("ord_own")
    overtaken = False

    def overtaking(**request: Any) -> Any:
        nonlocal overtaken
        if not overtaken:
            overtaken = True
            line.publish(rival)
        return transact(**request)

    monkeypatch.setattr(client, "transact_write_items", overtaking)

    line.publish(own)

    assert [event["entity"]["id"] for event in line.feed()] == ["ord_rival", "ord_own"]


class TestFanOut:
    def test_each_endpoint_gets_what_it_asked_for(self, line: Line) -> None:
        everything, created, completed, none = (
            line.subscribe("https://shop.example.com/hook", *patterns)
            for patterns in (["*"], ["order.created", "product.*"], ["order.completed"], ["product.*"])
        )

        line.publish(line.commit("ord_1", 1, "order.created", "order.completed"), line.commit("ord_2"))

        assert [one["position"] for one in line.deliveries(everything["id"])] == ["1.2", "1.1", "1.0"]
        assert [one["event_type"] for one in line.deliveries(created["id"])] == ["order.created"] * 2
        assert [one["event_type"] for one in line.deliveries(completed["id"])] == ["order.completed"]
        assert line.deliveries(none["id"]) == []
        assert len(line.messages) == 6

    def test_a_disabled_endpoint_gets_nothing_and_another_merchants_neither(self, line: Line) -> None:
        other = Line(Shop.open(), line.now)
        theirs = other.subscribe("https://shop.example.com/hook", "*")
        disabled = line.subscribe("https://shop.example.com/hook", "*", enabled=False)

        line.publish(line.commit("ord_1"))

        assert line.messages == []
        assert line.deliveries(disabled["id"]) == other.deliveries(theirs["id"]) == []

    def test_an_outcome_survives_a_repeated_batch(self, line: Line, receiver: Receiver) -> None:
        endpoint = line.subscribe(receiver.url)
        records = [line.commit("ord_1"), line.commit("ord_2")]
        line.publish(*records)
        line.run()

        line.publish(*records)
        line.run()

        assert statuses(line, endpoint) == {"delivered": 2}
        assert len(receiver.received) == 2

    def test_messages_that_sqs_refuses_are_sent_again(self, line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
        line.subscribe("https://shop.example.com/hook")
        _refusing(monkeypatch, times=3)

        line.publish(*(line.commit(f"ord_{n}") for n in range(12)))

        assert len({message.body for message in line.messages}) == len(line.messages) == 12

    def test_a_queue_that_keeps_refusing_leaves_the_batch_to_the_stream(
        self, line: Line, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        endpoint = line.subscribe(receiver.url)
        records = [line.commit(f"ord_{n}") for n in range(4)]
        with monkeypatch.context() as patch:
            _refusing(patch, times=1000)
            with pytest.raises(ExceptionGroup):
                line.publish(*records)

        line.publish(*records)
        line.run()

        assert statuses(line, endpoint) == {"delivered": 4}
        assert sorted(receiver.ids) == sorted(feed_ids(line))

    def test_one_merchants_trouble_does_not_hold_up_another(self, line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
        other = Line(Shop.open(), line.now)
        place = store.place

        def failing(merchant_id: str, *rest: Any) -> Any:
            if merchant_id == line.shop.merchant_id:
                raise dynamo.Busy
            return place(merchant_id, *rest)

        monkeypatch.setattr(store, "place", failing)

        with pytest.raises(ExceptionGroup):
            line.publish(line.commit("ord_1"), other.commit("ord_2"))

        assert [event["entity"]["id"] for event in other.feed()] == ["ord_2"]


def _refusing(monkeypatch: pytest.MonkeyPatch, times: int) -> None:
    """SQS refuses every other message of a batch, so many times."""
    client: Any = aws.sqs()
    send, left = client.send_message_batch, [times]

    def refuse(**request: Any) -> Any:
        if not left[0]:
            return send(**request)
        left[0] -= 1
        refused = [{"Id": one["Id"], "Code": "InternalError", "SenderFault": False} for one in request["Entries"][::2]]
        answer = send(**request | {"Entries": request["Entries"][1::2]}) if request["Entries"][1:] else {}
        return {**answer, "Failed": refused}

    monkeypatch.setattr(client, "send_message_batch", refuse)


class TestQuarantine:
    @pytest.mark.parametrize("flaw", ["no types", "bad data", "no data", "wrong place", "odd version", "no image"])
    def test_a_record_that_cannot_be_read_is_put_aside_and_blocks_nothing(self, line: Line, flaw: str) -> None:
        poison = copy.deepcopy(line.commit("ord_poison"))
        image = poison["dynamodb"]["NewImage"]
        match flaw:
            case "no types":
                del image["types"]
            case "bad data":
                image["data"]["B"] = base64.b64encode(b"not packed").decode()
            case "no data":
                del image["data"]
            case "wrong place":
                image["merchant_id"]["S"] = "mer_other"
            case "odd version":
                image["version"] = {"N": "one"}
            case "no image":
                del poison["dynamodb"]["NewImage"]

        with logged() as log:
            line.publish(line.commit("ord_1"), poison, line.commit("ord_2"))

        assert [event["entity"]["id"] for event in line.feed()] == ["ord_1", "ord_2"]
        [kept] = [item for item in stored_items("events") if item["kind"]["S"] == "quarantine"]
        assert kept["pk"]["S"] == f"{line.shop.merchant_id}#quarantine"
        assert "ord_poison" in kept["key"]["S"]
        assert '"level":"ERROR"' in log.getvalue()

    @pytest.mark.parametrize(
        "record", [{}, {"eventID": "1", "dynamodb": None}, {"eventName": "INSERT", "dynamodb": {}}]
    )
    def test_what_is_no_record_at_all_is_put_aside_too(self, line: Line, record: Any) -> None:
        line.publish(record)

        [kept] = [item for item in stored_items("events") if item["kind"]["S"] == "quarantine"]
        assert kept["pk"]["S"] == "unknown#quarantine"

    def test_other_items_of_the_table_are_none_of_its_business(self, line: Line) -> None:
        change = line.commit("ord_1")
        removed = copy.deepcopy(change) | {"eventName": "REMOVE"}
        del removed["dynamodb"]["NewImage"]
        page = copy.deepcopy(change)
        page["dynamodb"]["NewImage"]["kind"]["S"] = "page"

        line.publish(page, removed, copy.deepcopy(change) | {"eventName": "MODIFY"})

        assert line.feed() == []
        assert {item["kind"]["S"] for item in stored_items("events")} == {"outbox"}


def test_markers_and_pages_are_as_small_as_the_documentation_says(line: Line) -> None:
    random.seed(1)
    line.publish(*(line.commit(f"ord_01k9{random.getrandbits(100):026x}"[:30]) for _ in range(12)))

    sizes = {
        kind: [_size(item) for item in stored_items("events") if item["kind"]["S"] == kind]
        for kind in ("page", "marker")
    }
    assert max(sizes["marker"]) < 1024
    assert max(sizes["page"]) < 1024


def _size(item: dict[str, Any]) -> int:
    """An item's size as DynamoDB counts it, near enough: names and values."""
    return sum(len(name) + len(value.get("S", "")) + len(value.get("B", b"")) + 20 for name, value in item.items())
