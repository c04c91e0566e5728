"""send_webhooks"""

import base64
import json
from collections import Counter
from dataclasses import asdict
from datetime import datetime, timedelta
from email.utils import format_datetime
from itertools import pairwise
from typing import Any

import pytest
from standardwebhooks import Webhook

from pos import aws, documents, dynamo, vault
from tests.support.contract import events_of, logged
from tests.support.samples import sample
from tests.support.shop import Shop
from tests.unit.webhooks.line import Line, Message, Receiver, always, stored_items
from webhooks import get_endpoint, send_webhooks, store
from webhooks.models import Attempt
from webhooks.queue import Job
from webhooks.rules import Position


def delivery(line: Line, endpoint: Any) -> Any:
    [one] = line.deliveries(endpoint["id"])
    return one


def gap(line: Line) -> float:
    """Seconds until the one message in the queue is visible."""
    [message] = line.messages
    return (message.visible_at - line.now).total_seconds()


SLOW_LANE = {"eventSourceARN": "arn:aws:sqs:::test-deliveries-slow"}
"""Where the deliveries of new endpoints come from."""


def test_the_sample_event_delivers(line: Line, receiver: Receiver) -> None:
    endpoint = line.subscribe(receiver.url, "order.created")
    event = json.dumps(sample("webhooks", "send_webhooks", line.shop)).replace("whe_sample0001", endpoint["id"])
    line.publish(line.commit("ord_sample0001"))

    answer = send_webhooks.handler(json.loads(event), None)

    assert answer == {"batchItemFailures": []}
    assert delivery(line, endpoint)["status"] == "delivered"
    assert [json.loads(one.body)["entity"]["id"] for one in receiver.received] == ["ord_sample0001"]


class TestWhatIsSent:
    def test_the_published_verifier_accepts_every_webhook(self, line: Line, receiver: Receiver) -> None:
        endpoint = line.subscribe(receiver.url)
        line.publish(line.commit("ord_1", 1, "order.created", "order.completed", data={"note": "Kopi «tubruk» ☕"}))
        line.run()

        assert len(receiver.received) == 2
        for one in receiver.received:
            event = Webhook(endpoint["secret"]).verify(one.body, dict(one.headers))
            assert event["id"] == one.id
            assert event["data"] == {"note": "Kopi «tubruk» ☕"}

    def test_each_endpoint_has_a_secret_of_its_own(self, line: Line, receiver: Receiver) -> None:
        endpoints = {path: line.subscribe(receiver.url + path) for path in ("/a", "/b")}
        line.publish(line.commit("ord_1"))
        line.run()

        for one in receiver.received:
            Webhook(endpoints[one.path.removeprefix("/hook")]["secret"]).verify(one.body, dict(one.headers))
        assert len({one.headers["webhook-signature"] for one in receiver.received}) == 2

    def test_headers_are_those_of_standard_webhooks(self, line: Line, receiver: Receiver) -> None:
        line.subscribe(receiver.url)
        line.publish(line.commit("ord_1"))
        line.run()

        [one] = receiver.received
        assert one.headers["content-type"] == "application/json"
        assert one.headers["user-agent"].startswith("Kasir-Webhooks/")
        assert one.headers["webhook-id"] == json.loads(one.body)["id"]
        assert int(one.headers["webhook-timestamp"]) == int(line.now.timestamp())
        assert one.headers["host"] == f"127.0.0.1:{receiver.server_port}"

    def test_a_connection_is_kept_for_the_next_webhook(self, line: Line, receiver: Receiver) -> None:
        line.subscribe(receiver.url)
        for n in range(4):
            line.publish(line.commit(f"ord_{n}"))
            line.run()

        assert (len(receiver.received), receiver.connections) == (4, 1)

    def test_secrets_are_not_logged(self, line: Line, receiver: Receiver) -> None:
        receiver.behave = lambda received: 500 if received.times == 1 else 204
        endpoint = line.subscribe(receiver.url + "?token=hidden")
        with logged() as log:
            line.publish(line.commit("ord_1"))
            line.run()

        secret = endpoint["secret"].removeprefix("whsec_")
        for word in (secret, base64.b64decode(secret).hex(), "hidden", "v1,"):
            assert word not in log.getvalue()


class TestFailures:
    @pytest.mark.parametrize("status", [300, 302, 400, 401, 404, 500, 503])
    def test_an_answer_that_is_not_2xx_is_tried_again(self, line: Line, receiver: Receiver, status: int) -> None:
        receiver.behave = lambda received: status if received.times == 1 else 200
        endpoint = line.subscribe(receiver.url)
        line.publish(line.commit("ord_1"))
        line.deliver()

        failed = delivery(line, endpoint)
        assert (failed["status"], failed["attempts"], failed["last_attempt"]["status_code"]) == ("pending", 1, status)
        assert 4 <= gap(line) <= 7
        assert failed["next_attempt_at"] <= line.messages[0].visible_at.isoformat()

        line.run()
        done = delivery(line, endpoint)
        assert (done["status"], done["attempts"], done["next_attempt_at"]) == ("delivered", 2, None)
        assert done["delivered_at"] == done["last_attempt"]["at"]
        assert len(set(receiver.ids)) == 1

    def test_nobody_listening_is_a_failure_like_any_other(self, line: Line) -> None:
        endpoint = line.subscribe("http://127.0.0.1:1/")
        line.publish(line.commit("ord_1"))
        line.deliver()

        failed = delivery(line, endpoint)
        assert (failed["status"], failed["last_attempt"]["error"]) == ("pending", "connection_refused")
        assert failed["last_attempt"]["status_code"] is None

    def test_attempts_follow_the_schedule_and_the_last_one_is_kept(self, line: Line, receiver: Receiver) -> None:
        receiver.behave = always(500)
        endpoint = line.subscribe(receiver.url)
        began = line.now
        line.publish(line.commit("ord_1"))
        times: list[datetime] = []
        while moment := line.next_moment():
            before = len(receiver.received)
            line.now = max(line.now, moment)
            line.wake()
            line.deliver()
            if len(receiver.received) > before:
                times.append(line.now)

        assert len(times) == len(receiver.received) == 13
        assert timedelta(hours=48) < times[-1] - began < timedelta(hours=90)
        waits = [later - sooner for sooner, later in pairwise(times)]
        assert waits[0] < timedelta(seconds=8)
        assert waits[-1] > timedelta(hours=18)
        kept = delivery(line, endpoint)
        assert (kept["status"], kept["attempts"], kept["next_attempt_at"]) == ("exhausted", 13, None)
        assert line.deliver() == 0

    def test_what_has_long_to_wait_leaves_the_queue_for_the_index(self, line: Line, receiver: Receiver) -> None:
        receiver.behave = lambda received: 500 if received.times <= 6 else 204
        endpoint = line.subscribe(receiver.url)
        line.publish(line.commit("ord_1"))
        while line.messages:
            assert gap(line) <= 900
            line.now = line.messages[0].visible_at
            line.deliver()
        waiting = delivery(line, endpoint)
        assert (waiting["status"], waiting["attempts"] >= 5) == ("pending", True)

        line.wake()
        assert line.messages == []
        line.live(hours=4)
        done = delivery(line, endpoint)
        assert (done["status"], done["attempts"], line.next_moment()) == ("delivered", 7, None)

    @pytest.mark.parametrize("status", [429, 503])
    def test_a_receiver_that_asks_for_time_gets_it(self, line: Line, receiver: Receiver, status: int) -> None:
        receiver.behave = always((status, {"retry-after": "120"}, b""))
        line.subscribe(receiver.url)
        line.publish(line.commit("ord_1"))
        line.deliver()
        assert gap(line) == 120

        later = format_datetime(line.now + timedelta(seconds=900), usegmt=True)
        receiver.behave = always((status, {"retry-after": later}, b""))
        line.wait(seconds=120)
        line.deliver()
        assert 775 <= gap(line) <= 781

    def test_a_wish_that_is_too_long_or_not_meant_for_us_is_not_honoured(self, line: Line, receiver: Receiver) -> None:
        endpoint = line.subscribe(receiver.url)
        receiver.behave = always((503, {"retry-after": "99999999"}, b""))
        line.publish(line.commit("ord_1"))
        line.deliver()
        due = datetime.fromisoformat(delivery(line, endpoint)["next_attempt_at"])
        assert due - line.now == timedelta(hours=1)

        line.wait(hours=1)
        line.wake()
        receiver.behave = always((500, {"retry-after": "600"}, b""))
        line.deliver()
        assert gap(line) < 60

    @pytest.mark.parametrize("target", ["/hook/elsewhere", "http://169.254.169.254/latest/meta-data/"])
    def test_redirects_are_not_followed(self, line: Line, receiver: Receiver, target: str) -> None:
        receiver.behave = always((307, {"location": target}, b""))
        endpoint = line.subscribe(receiver.url)
        line.publish(line.commit("ord_1"))
        line.deliver()

        assert [one.path for one in receiver.received] == ["/hook"]
        assert delivery(line, endpoint)["last_attempt"]["status_code"] == 307

    def test_a_failing_endpoint_does_not_hold_up_another(self, line: Line, receiver: Receiver) -> None:
        receiver.behave = lambda received: 500 if "bad" in received.path else 204
        bad, good = line.subscribe(receiver.url + "/bad"), line.subscribe(receiver.url + "/good")
        line.publish(*(line.commit(f"ord_{n}") for n in range(3)))
        line.deliver()

        assert Counter(one["status"] for one in line.deliveries(good["id"])) == {"delivered": 3}
        assert Counter(one["status"] for one in line.deliveries(bad["id"])) == {"pending": 3}
        assert {message.group for message in line.messages} == {bad["id"]}


class TestGone:
    def test_410_suspends_the_endpoint_and_tells_so(self, line: Line, receiver: Receiver) -> None:
        receiver.behave = lambda received: 410 if "gone" in received.path else 204
        gone = line.subscribe(receiver.url + "/gone")
        watching = line.subscribe(receiver.url + "/watch", "endpoint.suspended")
        line.publish(line.commit("ord_1"), line.commit("ord_2"))
        line.run()

        after = line.shop.call(get_endpoint.handler, id=gone["id"]).json
        assert (after["enabled"], after["suspended_at"], after["version"]) == (False, after["updated_at"], 2)
        assert Counter(one["status"] for one in line.deliveries(gone["id"])) == {"parked": 2}
        assert events_of(line.shop, gone["id"])[-1]["type"] == "endpoint.suspended"
        assert watching["id"] != gone["id"]

    def test_what_happens_from_then_on_is_kept_for_it(self, line: Line, receiver: Receiver) -> None:
        receiver.behave = always(410)
        endpoint = line.subscribe(receiver.url)
        line.publish(line.commit("ord_1"))
        line.run()

        line.publish(line.commit("ord_2"))
        line.run()

        assert [one["status"] for one in line.deliveries(endpoint["id"])] == ["parked", "parked"]
        assert len(receiver.received) == 1

    def test_its_secret_stays(self, line: Line, receiver: Receiver) -> None:
        receiver.behave = always(410)
        endpoint = line.subscribe(receiver.url)
        line.publish(line.commit("ord_1"))
        before = [item["secret"] for item in stored_items("webhooks") if "secret" in item]
        line.run()

        assert [item["secret"] for item in stored_items("webhooks") if "secret" in item] == before
        target = dynamo.get(store.target_ref(line.shop.merchant_id, endpoint["id"]))
        assert target is not None and target.endpoint.secret is None

    def test_an_endpoint_that_was_changed_meanwhile_is_not_suspended(
        self, line: Line, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        receiver.behave = lambda received: 410 if received.times == 1 else 204
        endpoint = line.subscribe(receiver.url)
        line.publish(line.commit("ord_1"))
        suspend = store.suspend_endpoint

        def late(merchant_id: str, target: store.Target, now: datetime) -> bool:
            monkeypatch.setattr(store, "suspend_endpoint", suspend)
            item = documents.item(
                (merchant_id, f"endpoint#{target.endpoint.id}"),
                changed := target.endpoint.changed(now, description="moved"),
                changed.json_bytes(),
                {"secret": target.secret},
            )
            dynamo.transact([dynamo.put(store.TABLE, item, version=1)])
            return suspend(merchant_id, target, now)

        monkeypatch.setattr(store, "suspend_endpoint", late)
        line.run()

        assert line.shop.call(get_endpoint.handler, id=endpoint["id"]).json["enabled"] is True
        assert delivery(line, endpoint)["status"] == "delivered"


class TestMessages:
    def test_a_message_that_comes_twice_posts_once(self, line: Line, receiver: Receiver) -> None:
        endpoint = line.subscribe(receiver.url)
        line.publish(line.commit("ord_1"))
        line.messages *= 2
        line.run()
        line.messages = [Message(line.now, _job(line, endpoint), "")]
        line.run()

        assert len(receiver.received) == 1

    def test_a_message_of_an_attempt_that_was_made_is_not_an_attempt(self, line: Line, receiver: Receiver) -> None:
        receiver.behave = always(500)
        endpoint = line.subscribe(receiver.url)
        line.publish(line.commit("ord_1"))
        first = line.messages[0]
        line.deliver()
        second = line.messages[0]

        line.messages = [first, first, second, second]
        line.wait(seconds=10)
        line.deliver()

        assert (len(receiver.received), delivery(line, endpoint)["attempts"]) == (2, 2)
        assert len(line.messages) == 1

    def test_a_message_that_comes_too_early_goes_back(self, line: Line, receiver: Receiver) -> None:
        receiver.behave = always(500)
        line.subscribe(receiver.url)
        line.publish(line.commit("ord_1"))
        line.deliver()
        line.messages[0].visible_at = line.now
        line.deliver()

        assert len(receiver.received) == 1
        assert 3 <= gap(line) <= 7

    def test_a_failure_does_not_undo_a_success(self, line: Line, receiver: Receiver) -> None:
        endpoint = line.subscribe(receiver.url)
        line.publish(line.commit("ord_1"))
        line.run()
        [ref] = store.pages_after(line.shop.merchant_id, 0, 1)[0].refs
        key = store.DeliveryKey(line.shop.merchant_id, endpoint["id"], Position(1, 0))
        failure = Attempt(at="2026-11-24T09:30:00.000Z", status_code=500, latency_ms=1)

        store.record_attempt(key, "pending", 2, failure, line.now)
        store.record_attempt(key, "exhausted", 13, failure)
        store.set_aside(key, "parked")

        after = delivery(line, endpoint)
        assert (after["status"], after["attempts"], after["event_id"]) == ("delivered", 1, ref.id)

    @pytest.mark.parametrize("body", ["", "{}", "[]", "null", '{"merchant_id": "mer_1"}', "\x00"])
    def test_what_is_no_job_is_left_to_the_dead_letter_queue(self, line: Line, receiver: Receiver, body: str) -> None:
        endpoint = line.subscribe(receiver.url)
        line.publish(line.commit("ord_1"))
        good = {"messageId": "good", "body": line.messages[0].body, **SLOW_LANE}

        answer = send_webhooks.handler({"Records": [{"messageId": "bad", "body": body}, good]}, None)

        assert answer == {"batchItemFailures": [{"itemIdentifier": "bad"}]}
        assert delivery(line, endpoint)["status"] == "delivered"

    @pytest.mark.parametrize("fault", ["no delivery", "no event", "wrong key", "no secret"])
    def test_a_fault_of_ours_leaves_the_message_in_the_queue(
        self, line: Line, receiver: Receiver, fault: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        endpoint = line.subscribe(receiver.url)
        line.publish(line.commit("ord_1"))
        broken = line.messages[0].body
        match fault:
            case "no delivery":
                broken = broken.replace("1.0", "9.0")
            case "no event":
                broken = broken.replace("ord_1", "ord_9")
            case "wrong key":
                monkeypatch.setattr(vault, "unseal", _kms_down)
            case "no secret":
                aws.dynamodb().update_item(
                    TableName=f"test-{store.TABLE}",
                    Key={"pk": {"S": line.shop.merchant_id}, "sk": {"S": f"endpoint#{endpoint['id']}"}},
                    UpdateExpression="REMOVE secret",
                )

        answer = send_webhooks.handler({"Records": [{"messageId": "one", "body": broken, **SLOW_LANE}]}, None)

        assert answer == {"batchItemFailures": [{"itemIdentifier": "one"}]}
        assert receiver.received == []
        assert delivery(line, endpoint)["status"] == "pending"

    def test_a_message_cannot_reach_another_merchants_endpoint(self, line: Line, receiver: Receiver) -> None:
        other = Line(Shop.open(), line.now)
        theirs = other.subscribe(receiver.url, "*")
        mine = line.subscribe(receiver.url)
        line.publish(line.commit("ord_1"))
        forged = line.messages[0].body.replace(mine["id"], theirs["id"])

        answer = send_webhooks.handler({"Records": [{"messageId": "one", "body": forged, **SLOW_LANE}]}, None)

        assert len(answer["batchItemFailures"]) == 1
        assert receiver.received == []


def _job(line: Line, endpoint: Any) -> str:
    job = Job(line.shop.merchant_id, endpoint["id"], "1.0", "ord_1", 1, 0)
    return json.dumps(asdict(job))


def _kms_down(*_: Any) -> bytes:
    raise aws.kms().exceptions.KMSInternalException({"Error": {"Code": "KMSInternalException"}}, "Decrypt")


def test_a_message_names_its_event_and_does_not_hold_it(line: Line) -> None:
    line.subscribe("https://shop.example.com/hook")
    line.publish(line.commit("ord_1", data={"recipe": "durian"}))

    assert "durian" not in line.messages[0].body
