"""get_event"""

import json

from tests.support.contract import assert_needs
from tests.support.samples import sample
from tests.support.shop import Shop, send
from tests.unit.webhooks.line import Line, Receiver
from webhooks import get_event


def test_the_sample_answers_the_body_that_the_feed_has(line: Line) -> None:
    line.publish(line.commit("ord_1"), line.commit("ord_2", 1, "order.created", "order.completed"))

    for event in line.feed():
        reply = send(get_event.handler, sample("webhooks", "get_event", line.shop, id=event["id"]))
        assert (reply.status, reply.json) == (200, event)


def test_a_long_event_is_sent_as_a_path_that_leads_to_it(line: Line, receiver: Receiver) -> None:
    line.subscribe(receiver.url)
    data = {"lines": [{"note": str(number) * 100} for number in range(300)]}
    line.publish(line.commit("ord_1", data=data), line.commit("ord_2"))
    line.run()

    long, short = sorted(receiver.received, key=lambda one: json.loads(one.body)["entity"]["id"])
    thin = json.loads(long.body)
    whole, other = line.feed()
    assert thin == whole | {"data": None, "data_url": f"/v1/events/{long.id}"}
    assert json.loads(short.body) == other
    reply = line.shop.call(get_event.handler, id=thin["data_url"].rsplit("/", 1)[1])
    assert reply.json == whole and whole["data"] == data


def test_what_the_feed_does_not_have_or_anothers_has_is_not_found(line: Line) -> None:
    line.commit("ord_1")
    line.publish(line.commit("ord_2"))
    [event] = line.feed()

    assert line.shop.call(get_event.handler, id="evt_unknown").code == "event.not_found"
    assert line.shop.call(get_event.handler, id="position").code == "event.not_found"
    assert Shop.open().call(get_event.handler, id=event["id"]).code == "event.not_found"
    assert_needs("events:read", line.shop, get_event.handler, id=event["id"])
