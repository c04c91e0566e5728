"""Webhooks and the feed as an integrator sees them: over HTTP, with the published verifier."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from tests.stack.support import Answer, Api, Delivery, Json, Receiver, Shop, client_options, eventually

pytestmark = pytest.mark.stack

SALE = ["inventory.updated", "order.completed", "order.created"]
"""What a sale of one variant tells of, in the order of the alphabet."""


@pytest.fixture(autouse=True)
def no_fault_of_ours(stack: Json) -> Iterator[None]:
    """Receivers may fail as they like: nothing comes into the queues of what we could not do ourselves."""
    yield
    sqs: Any = boto3.client("sqs", **client_options(stack["aws_endpoint_url"]))
    counted = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    for name in ("deliveries-dead", "stream-failures"):
        url = sqs.get_queue_url(QueueName=f"{stack['stack_name']}-{name}")["QueueUrl"]
        attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=counted)["Attributes"]
        assert {attribute: attributes[attribute] for attribute in counted} == dict.fromkeys(counted, "0"), name


class Feed:
    """A merchant's feed from where it is now."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        # An event that is in the feed proves that all before it is, too.
        product = shop.make_product(track_stock=False)
        eventually(lambda: product["id"] in [event["entity"]["id"] for event in shop.events()])
        self.start: str = shop.api.get("/v1/events", limit="200").json["position"]

    def once(self, count: int) -> Answer:
        """What has come since, once it is so much, and not more."""
        eventually(lambda: len(self.read().json["items"]) >= count)
        answer = self.read()
        assert len(answer.json["items"]) == count, answer
        return answer

    def read(self, **query: str) -> Answer:
        """What has come since, so far."""
        answer = self.shop.api.get("/v1/events", **({"after": self.start, "limit": "200"} | query))
        assert answer.status == 200, answer
        return answer


def subscribe(shop: Shop, url: str, *event_types: str) -> Json:
    """An endpoint, and its secret."""
    answer = shop.api.post("/v1/webhooks/endpoints", {"url": url, "event_types": event_types})
    assert answer.status == 201, answer
    endpoint: Json = answer.json
    return endpoint


def deliveries(shop: Shop, endpoint: Json, **query: str) -> list[Json]:
    """The endpoint's log, newest first."""
    items: list[Json] = shop.api.get(f"/v1/webhooks/endpoints/{endpoint['id']}/deliveries", **query).json["items"]
    return items


def sell(shop: Shop) -> Json:
    """A completed sale of a variant whose stock is counted."""
    variant = shop.make_product()["variants"][0]
    return shop.sell({"variant_id": variant["id"]}, note="Kopi «tubruk» ☕", complete=True)


def types_of(events: list[Json]) -> list[str]:
    """The types of events, in the order of the alphabet."""
    return sorted(event["type"] for event in events)


def verified(secret: str, delivery: Delivery) -> Json:
    """The event, as the published package makes it of a request."""
    event: Json = Webhook(secret).verify(delivery.body, delivery.headers)
    return event


class TestASubscriberToEverything:
    def test_gets_every_event_of_a_sale_signed(self, shop: Shop, receiver: Receiver) -> None:
        endpoint = subscribe(shop, receiver.url, "*")
        order = sell(shop)

        def of_the_sale(found: list[Delivery]) -> list[Json]:
            events = [verified(endpoint["secret"], one) for one in found]
            return [event for event in events if order["id"] in (event["entity"]["id"], _cause(event))]

        received = receiver.wait(lambda found: len(of_the_sale(found)) >= len(SALE))

        assert types_of(of_the_sale(received)) == SALE
        assert all(one.headers["webhook-id"] == one.event["id"] for one in received)
        assert {event["merchant_id"] for event in of_the_sale(received)} == {shop.merchant_id}
        assert [one["data"] for one in of_the_sale(received) if one["entity"]["type"] == "order"] == [order, order]

    def test_can_tell_what_was_forged(self, shop: Shop, receiver: Receiver) -> None:
        endpoint = subscribe(shop, receiver.url, "order.completed")
        stranger = subscribe(shop, f"{receiver.url}/stranger", "category.created")
        order = sell(shop)
        [delivery] = receiver.wait(lambda found: found)
        webhook = Webhook(endpoint["secret"])
        assert webhook.verify(delivery.body, delivery.headers)["entity"]["id"] == order["id"]

        for body, headers in (
            (delivery.body.replace(b'"total":5000', b'"total":4000'), {}),
            (delivery.body + b" ", {}),
            (delivery.body, {"webhook-id": "evt_another"}),
            (delivery.body, {"webhook-timestamp": str(int(delivery.headers["webhook-timestamp"]) - 1)}),
        ):
            assert (body, headers) != (delivery.body, {})
            with pytest.raises(WebhookVerificationError):
                webhook.verify(body, delivery.headers | headers)
        with pytest.raises(WebhookVerificationError):
            verified(stranger["secret"], delivery)

    def test_reads_the_very_same_bodies_in_the_feed(self, shop: Shop, receiver: Receiver) -> None:
        feed = Feed(shop)
        subscribe(shop, receiver.url, "*")
        sell(shop)
        answer = feed.once(2 + len(SALE))
        events = answer.json["items"]
        assert types_of(events) == sorted(["endpoint.created", "product.created", *SALE])

        ids = [event["id"] for event in events]
        received = receiver.wait(lambda found: set(ids) <= {one.headers["webhook-id"] for one in found})

        bodies = {one.headers["webhook-id"]: one.body for one in received}
        assert answer.body.startswith(b'{"items":[' + b",".join(bodies[event_id] for event_id in ids) + b"],")


class TestSubscriptions:
    def test_an_endpoint_gets_the_types_that_it_asked_for_and_no_others(self, shop: Shop, receiver: Receiver) -> None:
        everything = subscribe(shop, f"{receiver.url}/everything", "order.*", "inventory.updated")
        completed = subscribe(shop, f"{receiver.url}/completed", "order.completed")
        order = sell(shop)

        receiver.wait(lambda _: len(receiver.at("/everything")) >= len(SALE) and receiver.at("/completed"))

        assert types_of([one.event for one in receiver.at("/everything")]) == SALE
        [only] = receiver.at("/completed")
        event = verified(completed["secret"], only)
        assert (event["type"], event["entity"]["id"]) == ("order.completed", order["id"])
        assert sorted(one["event_type"] for one in deliveries(shop, everything)) == SALE
        assert [one["event_type"] for one in deliveries(shop, completed)] == ["order.completed"]

    def test_a_deleted_endpoint_gets_nothing_more(self, shop: Shop, receiver: Receiver) -> None:
        leaving = subscribe(shop, f"{receiver.url}/leaving", "order.completed")
        subscribe(shop, f"{receiver.url}/staying", "order.completed")
        first = sell(shop)
        receiver.wait(lambda found: len(found) >= 2)

        path = f"/v1/webhooks/endpoints/{leaving['id']}"
        assert shop.api.delete(path).status == 200
        second = sell(shop)
        receiver.wait(lambda _: len(receiver.at("/staying")) >= 2)

        assert [one.event["entity"]["id"] for one in receiver.at("/staying")] == [first["id"], second["id"]]
        assert [one.event["entity"]["id"] for one in receiver.at("/leaving")] == [first["id"]]
        assert shop.api.get(path).status == 404
        listed = shop.api.get("/v1/webhooks/endpoints").json["items"]
        assert [one["url"] for one in listed] == [f"{receiver.url}/staying"]

    def test_the_secret_is_shown_once(self, shop: Shop) -> None:
        body = {"url": "http://127.0.0.1:9/", "event_types": ["category.*"]}
        made = shop.api.post("/v1/webhooks/endpoints", body, idempotency_key="endpoint-1")
        assert made.json["secret"].startswith("whsec_")

        again = shop.api.post("/v1/webhooks/endpoints", body, idempotency_key="endpoint-1")
        got = shop.api.get(f"/v1/webhooks/endpoints/{made.json['id']}")
        listed = shop.api.get("/v1/webhooks/endpoints")

        assert (again.json["id"], again.json["secret"]) == (made.json["id"], None)
        secret = made.json["secret"].removeprefix("whsec_").encode()
        assert all(secret not in answer.body for answer in (again, got, listed))
        assert len(listed.json["items"]) == 1

    @pytest.mark.parametrize("event_types", [[], ["order.sold"], ["order"], ["**"], "order.*"])
    def test_types_that_there_are_not_are_refused(self, api: Api, event_types: Any) -> None:
        answer = api.post("/v1/webhooks/endpoints", {"url": "http://127.0.0.1:9/", "event_types": event_types})

        assert answer.status == 422
        assert [pointer.split("/")[1] for pointer in answer.pointers] == ["event_types"]

    @pytest.mark.parametrize(
        "url",
        [
            "kopi",
            "ftp://example.com/",
            "https://10.0.0.8/",
            "https://169.254.169.254/latest/meta-data",
            "https://[::ffff:10.0.0.8]/",
            "https://user:password@example.com/",
        ],
    )
    def test_addresses_that_are_nobodys_business_are_refused(self, api: Api, url: str) -> None:
        answer = api.post("/v1/webhooks/endpoints", {"url": url, "event_types": ["*"]})

        assert (answer.status, answer.code, answer.pointers) == (422, "endpoint.url_invalid", ["/url"])


class TestAReceiverThatFails:
    def test_gets_the_event_again_under_the_same_id(self, shop: Shop, receiver: Receiver) -> None:
        receiver.status = 500
        endpoint = subscribe(shop, receiver.url, "order.completed")
        order = sell(shop)
        [failed] = eventually(lambda: [one for one in deliveries(shop, endpoint) if one["attempts"]])
        assert (failed["status"], failed["attempts"], failed["last_attempt"]["status_code"]) == ("pending", 1, 500)
        assert failed["next_attempt_at"] is not None

        receiver.status = 204
        [delivered] = eventually(lambda: deliveries(shop, endpoint, status="delivered"))

        first, second = receiver.deliveries
        assert second.headers["webhook-id"] == first.headers["webhook-id"] == failed["event_id"]
        assert second.body == first.body
        assert verified(endpoint["secret"], second)["entity"]["id"] == order["id"]
        assert (delivered["id"], delivered["attempts"]) == (failed["id"], 2)
        assert (delivered["last_attempt"]["status_code"], delivered["next_attempt_at"]) == (204, None)

    def test_does_not_hold_up_the_others(self, shop: Shop, receiver: Receiver) -> None:
        nobody = subscribe(shop, "http://127.0.0.1:9/", "order.completed")
        subscribe(shop, receiver.url, "order.completed")
        order = sell(shop)

        [delivery] = receiver.wait(lambda found: found)

        assert delivery.event["entity"]["id"] == order["id"]
        [failed] = eventually(lambda: [one for one in deliveries(shop, nobody) if one["attempts"]])
        assert (failed["status"], failed["last_attempt"]["error"]) == ("pending", "connection_refused")


class TestTheFeed:
    def test_goes_on_from_a_position_a_cursor_and_an_event(self, shop: Shop) -> None:
        feed = Feed(shop)
        for _ in range(3):
            shop.sell({"custom": {"name": "Teh", "price": 3000}}, complete=True)
        whole = feed.once(6)
        events = whole.json["items"]
        assert [event["type"] for event in events] == ["order.created", "order.completed"] * 3

        for position, event in enumerate(events, start=1):
            assert feed.read(after=event["id"]).json["items"] == events[position:]
        walked = []
        page = feed.read(limit="1").json
        while page["items"]:
            walked += page["items"]
            assert feed.read(after=page["position"]).json["items"] == events[len(walked) :]
            page = feed.read(limit="1", cursor=page["next_cursor"] or page["position"]).json
        assert walked == events

        assert whole.json["next_cursor"] is None
        later = shop.sell({"custom": {"name": "Teh", "price": 3000}})
        [new] = eventually(lambda: feed.read(after=whole.json["position"]).json["items"])
        assert (new["type"], new["entity"]["id"]) == ("order.created", later["id"])

    def test_shows_only_the_types_asked_for(self, shop: Shop) -> None:
        feed = Feed(shop)
        sell(shop)
        events = feed.once(1 + len(SALE)).json["items"]

        for types in ("order.completed", "order.*", "order.created,inventory.updated", "*"):
            patterns = types.split(",")
            wanted = [e for e in events if {"*", e["type"], e["type"].split(".")[0] + ".*"} & set(patterns)]
            assert feed.read(types=types).json["items"] == wanted
        refused = shop.api.get("/v1/events", types="order.sold")
        assert (refused.status, refused.pointers) == (422, ["?types.0"])

    @pytest.mark.parametrize("after", ["999999.0", "1", "-1.0", "x", "1.99"])
    def test_refuses_a_place_that_it_does_not_have(self, api: Api, after: str) -> None:
        answer = api.get("/v1/events", after=after)

        assert (answer.status, answer.code) == (400, "request.invalid_cursor")

    def test_refuses_an_event_that_it_does_not_have(self, api: Api) -> None:
        answer = api.get("/v1/events", after="evt_unknown")

        assert (answer.status, answer.code) == (422, "event.unknown")


def _cause(event: Json) -> str | None:
    cause: str | None = event["data"].get("cause", {}).get("id")
    return cause
