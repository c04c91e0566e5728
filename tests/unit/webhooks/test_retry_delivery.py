"""retry_delivery"""

import pytest

from tests.support.contract import assert_needs
from tests.support.samples import sample
from tests.support.shop import Shop, send
from tests.unit.webhooks.line import Line, Receiver, always
from webhooks import retry_delivery, update_endpoint


def test_the_sample_has_a_delivery_sent_now(line: Line, receiver: Receiver) -> None:
    receiver.behave = always(500)
    endpoint = line.subscribe(receiver.url)
    line.publish(line.commit("ord_1"))
    line.deliver()
    line.messages.clear()
    [failed] = line.deliveries(endpoint["id"])
    receiver.behave = always(204)
    event = sample("webhooks", "retry_delivery", line.shop, id=failed["id"])

    reply = send(retry_delivery.handler, event)

    assert (reply.status, reply.json["id"], reply.json["status"]) == (200, failed["id"], "pending")
    line.run()
    [delivery] = line.deliveries(endpoint["id"])
    assert (delivery["id"], delivery["status"], delivery["attempts"]) == (failed["id"], "delivered", 2)


def test_what_was_delivered_or_given_up_begins_its_schedule_anew(line: Line, receiver: Receiver) -> None:
    receiver.behave = lambda received: 204 if "good" in received.path else 500
    good, bad = line.subscribe(receiver.url + "/good"), line.subscribe(receiver.url + "/bad")
    line.publish(line.commit("ord_1"))
    line.live(days=4)
    [delivered], [exhausted] = line.deliveries(good["id"]), line.deliveries(bad["id"])
    assert (delivered["status"], exhausted["status"], exhausted["attempts"]) == ("delivered", "exhausted", 13)

    for one in (delivered, exhausted):
        assert line.shop.call(retry_delivery.handler, id=one["id"]).status == 200
    line.live(days=4)

    assert [one.path for one in receiver.received].count("/hook/good") == 2
    [exhausted] = line.deliveries(bad["id"])
    assert (exhausted["status"], exhausted["attempts"], len(exhausted["attempt_log"])) == ("exhausted", 26, 13)


def test_a_disabled_endpoints_delivery_is_not_sent(line: Line, receiver: Receiver) -> None:
    endpoint = line.subscribe(receiver.url)
    line.publish(line.commit("ord_1"))
    line.run()
    line.shop.call(update_endpoint.handler, {"enabled": False}, id=endpoint["id"])

    reply = line.shop.call(retry_delivery.handler, id=line.deliveries(endpoint["id"])[0]["id"])

    assert (reply.status, reply.code) == (409, "endpoint.not_enabled")


@pytest.mark.parametrize("id", ["dlv_", "whe_1", "dlv_x_1", "dlv_x_1_1234", "dlv_x#y_1_1", "dlv_x_1_0"])
def test_what_is_no_delivery_is_not_found(line: Line, id: str) -> None:
    assert line.shop.call(retry_delivery.handler, id=id).status == 404


def test_it_needs_its_permission_and_its_own_delivery(line: Line, receiver: Receiver) -> None:
    endpoint = line.subscribe(receiver.url)
    line.publish(line.commit("ord_1"))
    [delivery] = line.deliveries(endpoint["id"])

    assert Shop.open().call(retry_delivery.handler, id=delivery["id"]).status == 404
    unknown = delivery["id"][:-1] + "7"
    assert line.shop.call(retry_delivery.handler, id=unknown).code == "delivery.not_found"
    assert_needs("webhooks:write", line.shop, retry_delivery.handler, id=delivery["id"])
