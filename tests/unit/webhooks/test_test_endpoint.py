"""test_endpoint"""

import json

from standardwebhooks import Webhook

from tests.support.contract import assert_needs
from tests.support.samples import sample
from tests.support.shop import Shop, send
from tests.unit.webhooks.line import Receiver, always
from webhooks import create_endpoint, list_deliveries, list_events, test_endpoint


def test_the_sample_sends_a_signed_event_and_tells_the_answer(shop: Shop, receiver: Receiver) -> None:
    receiver.behave = always((202, {}, b"thank you"))
    body = {"url": receiver.url, "event_types": ["order.*"], "enabled": False}
    endpoint = shop.call(create_endpoint.handler, body).json

    reply = send(test_endpoint.handler, sample("webhooks", "test_endpoint", shop, id=endpoint["id"]))

    [received] = receiver.received
    assert reply.json | {"latency_ms": 0} == {
        "event_id": received.id,
        "delivered": True,
        "status_code": 202,
        "error": None,
        "latency_ms": 0,
        "excerpt": "thank you",
    }
    event = Webhook(endpoint["secret"]).verify(received.body, dict(received.headers))
    assert (event["type"], event["id"], event["merchant_id"]) == ("webhook.test", received.id, shop.merchant_id)
    assert event["data"] == endpoint | {"secret": None}
    assert shop.call(list_events.handler).json["items"] == []
    assert shop.call(list_deliveries.handler, id=endpoint["id"]).json["items"] == []


def test_a_receiver_that_fails_is_an_answer_like_any_other(shop: Shop, receiver: Receiver) -> None:
    receiver.behave = always(500)
    failing, nobody, private = (
        shop.call(create_endpoint.handler, {"url": url, "event_types": ["*"]}).json["id"]
        for url in (receiver.url, "http://127.0.0.1:9/", "https://name.invalid/")
    )

    replies = [shop.call(test_endpoint.handler, id=id) for id in (failing, nobody, private)]

    assert [reply.status for reply in replies] == [200, 200, 200]
    told = [(reply.json["delivered"], reply.json["status_code"], reply.json["error"]) for reply in replies]
    assert told == [(False, 500, None), (False, None, "connection_refused"), (False, None, "name_not_found")]
    assert json.loads(receiver.received[0].body)["entity"]["id"] == failing


def test_it_needs_its_permission_and_its_own_endpoint(shop: Shop, receiver: Receiver) -> None:
    id = shop.call(create_endpoint.handler, {"url": receiver.url, "event_types": ["*"]}).json["id"]

    assert Shop.open().call(test_endpoint.handler, id=id).code == "endpoint.not_found"
    assert_needs("webhooks:write", shop, test_endpoint.handler, id=id)
