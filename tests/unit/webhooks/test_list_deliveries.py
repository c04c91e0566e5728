"""list_deliveries"""

from datetime import timedelta

from pos.clock import timestamp
from tests.support.contract import assert_needs
from tests.support.samples import sample
from tests.support.shop import Shop, send
from tests.unit.webhooks.line import Line, Receiver, always
from webhooks import list_deliveries


def test_the_sample_event_lists_what_was_delivered(line: Line, receiver: Receiver) -> None:
    endpoint = line.subscribe(receiver.url)
    line.publish(line.commit("ord_1"), line.commit("ord_2"))
    line.run()

    reply = send(list_deliveries.handler, sample("webhooks", "list_deliveries", line.shop, id=endpoint["id"]))

    assert [one["event_id"] for one in reply.json["items"]] == [event["id"] for event in line.feed()][::-1]
    first = reply.json["items"][-1]
    assert first["id"] == f"dlv_{endpoint['id'].removeprefix('whe_')}_1_0"
    assert (first["position"], first["event_type"], first["status"]) == ("1.0", "order.created", "delivered")
    assert (first["attempts"], first["next_attempt_at"]) == (1, None)
    assert first["last_attempt"].keys() == {"at", "status_code", "error", "latency_ms", "excerpt"}
    assert first["last_attempt"]["status_code"] == 204


def test_a_pending_one_tells_what_went_wrong_and_when_the_next_attempt_is_due(line: Line, receiver: Receiver) -> None:
    receiver.behave = always((500, {"content-type": "text/plain"}, b"no\x00 room \xff" + b"x" * 5000))
    endpoint = line.subscribe(receiver.url)
    line.publish(line.commit("ord_1"))
    line.deliver()

    [delivery] = line.deliveries(endpoint["id"], status="pending")

    assert (delivery["status"], delivery["attempts"], delivery["delivered_at"]) == ("pending", 1, None)
    assert delivery["next_attempt_at"] > delivery["created_at"]
    assert delivery["last_attempt"]["status_code"] == 500
    assert delivery["last_attempt"]["excerpt"] == "no\x00 room \ufffd" + "x" * 1014
    assert line.deliveries(endpoint["id"], status="delivered") == []


def test_every_attempt_is_in_the_log_the_last_one_in_full(line: Line, receiver: Receiver) -> None:
    receiver.behave = lambda one: 204 if one.times == 4 else (500 + one.times, {}, b"x" * 300)
    endpoint = line.subscribe(receiver.url)
    line.publish(line.commit("ord_1"))
    for _ in range(3):
        line.now = max(line.now, min(message.visible_at for message in line.messages))
        line.deliver()
    [failing] = line.deliveries(endpoint["id"])
    line.run()
    [delivered] = line.deliveries(endpoint["id"])

    assert [one["status_code"] for one in failing["attempt_log"]] == [501, 502, 503]
    assert [len(one["excerpt"]) for one in failing["attempt_log"]] == [200, 200, 300]
    assert failing["attempt_log"][-1] == failing["last_attempt"]
    assert [one["status_code"] for one in delivered["attempt_log"]] == [501, 502, 503, 204]
    assert [one["at"] for one in delivered["attempt_log"]] == sorted(one["at"] for one in delivered["attempt_log"])


def test_it_is_narrowed_by_type_and_time(line: Line) -> None:
    endpoint = line.subscribe("https://shop.example.com/hook", "*")
    line.publish(line.commit("ord_1"), line.commit("prd_1", 1, "product.created"))
    noon = timestamp(line.now + timedelta(minutes=1))
    line.wait(hours=1)
    line.publish(line.commit("ord_2"))

    def positions(**query: str) -> list[str]:
        return [one["position"] for one in line.deliveries(endpoint["id"], **query)]

    assert positions(types="product.*") == ["1.1"]
    assert positions(since=noon) == ["2.0"]
    assert positions(until=noon, types="order.created") == ["1.0"]
    assert line.shop.call(list_deliveries.handler, id=endpoint["id"], query={"since": "noon"}).pointers == ["?since"]


def test_pages_go_from_the_newest_event_to_the_oldest(line: Line) -> None:
    endpoint = line.subscribe("https://shop.example.com/hook")
    line.publish(*(line.commit(f"ord_{n}") for n in range(5)))

    seen, query = [], {"limit": "2"}
    while True:
        page = line.shop.call(list_deliveries.handler, id=endpoint["id"], query=query).json
        seen += [one["position"] for one in page["items"]]
        if page["next_cursor"] is None:
            break
        query["cursor"] = page["next_cursor"]

    assert seen == ["1.4", "1.3", "1.2", "1.1", "1.0"]


def test_a_cursor_of_another_endpoint_is_no_way_into_its_log(line: Line) -> None:
    theirs = Shop.open()
    mine, other = (line.subscribe("https://shop.example.com/hook") for _ in range(2))
    line.publish(*(line.commit(f"ord_{n}") for n in range(3)))
    cursor = line.shop.call(list_deliveries.handler, id=other["id"], query={"limit": "1"}).json["next_cursor"]

    page = line.shop.call(list_deliveries.handler, id=mine["id"], query={"cursor": cursor})

    assert {one["endpoint_id"] for one in page.json["items"]} == {mine["id"]}
    assert theirs.call(list_deliveries.handler, id=mine["id"]).code == "endpoint.not_found"


def test_an_unknown_status_is_refused(line: Line) -> None:
    endpoint = line.subscribe("https://shop.example.com/hook")

    reply = line.shop.call(list_deliveries.handler, id=endpoint["id"], query={"status": "lost"})

    assert (reply.status, reply.pointers) == (422, ["?status"])


def test_it_needs_its_permission(line: Line) -> None:
    endpoint = line.subscribe("https://shop.example.com/hook")

    assert_needs("webhooks:read", line.shop, list_deliveries.handler, id=endpoint["id"])
