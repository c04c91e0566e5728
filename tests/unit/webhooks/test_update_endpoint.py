"""update_endpoint"""

from typing import Any

import pytest

from tests.support.contract import assert_happens_once, assert_needs, assert_refuses_what_is_no_body, events_of
from tests.support.samples import sample
from tests.support.shop import Shop, send
from tests.unit.webhooks.line import Line, Receiver, always
from webhooks import choosing, create_endpoint, delete_endpoint, get_endpoint, store, update_endpoint
from webhooks.rules import Position

BODY: dict[str, Any] = {"url": "https://shop.example.com/hook", "event_types": ["order.*", "inventory.updated"]}


def test_the_sample_changes_what_it_names_with_its_event(shop: Shop) -> None:
    before = shop.call(create_endpoint.handler, BODY).json | {"secret": None}

    reply = send(update_endpoint.handler, sample("webhooks", "update_endpoint", shop, id=before["id"]))

    assert (reply.status, reply.headers["etag"]) == (200, '"2"')
    changed: dict[str, Any] = {"event_types": ["order.completed", "payment.*"], "location_ids": [shop.location_id]}
    changed |= {"filter": "total >= `100000` || method == 'qris'", "version": 2}
    assert reply.json == before | changed | {"updated_at": reply.json["updated_at"]}
    assert shop.call(get_endpoint.handler, id=before["id"]).json == reply.json
    told = events_of(shop, before["id"])[-1]
    assert (told["type"], told["data"]) == ("endpoint.updated", reply.json)


def test_a_stale_version_another_merchants_endpoint_and_a_tombstone_are_refused(shop: Shop) -> None:
    id = shop.call(create_endpoint.handler, BODY).json["id"]
    shop.call(update_endpoint.handler, {"description": "A"}, id=id)

    stale = shop.call(update_endpoint.handler, {"description": "B"}, id=id, headers={"If-Match": '"1"'})

    assert (stale.status, stale.code) == (412, "request.stale_version")
    assert Shop.open().call(update_endpoint.handler, {"description": "B"}, id=id).code == "endpoint.not_found"
    assert shop.call(get_endpoint.handler, id=id).json["description"] == "A"
    shop.call(delete_endpoint.handler, id=id)
    assert shop.call(update_endpoint.handler, {"enabled": True}, id=id).code == "endpoint.not_found"


@pytest.mark.parametrize(
    ("field", "value", "pointer"),
    [
        ("url", None, "/url"),
        ("event_types", [], "/event_types"),
        ("event_types", ["order.eaten"], "/event_types/0"),
        ("location_ids", ["here"], "/location_ids/0"),
        ("filter", "total >=", "/filter"),
        ("filter", "[@, @]", "/filter"),
        ("filter", "a" * 501, "/filter"),
        ("enabled", None, "/enabled"),
        ("since", "1.0", "/since"),
        ("suspended_at", None, "/suspended_at"),
    ],
)
def test_a_bad_field_is_refused_by_name(shop: Shop, field: str, value: Any, pointer: str) -> None:
    id = shop.call(create_endpoint.handler, BODY).json["id"]

    reply = shop.call(update_endpoint.handler, {field: value}, id=id)

    assert (reply.status, reply.code, reply.pointers) == (422, "request.invalid", [pointer])


def test_a_url_that_webhooks_must_not_go_to_is_refused(shop: Shop) -> None:
    id = shop.call(create_endpoint.handler, BODY).json["id"]

    reply = shop.call(update_endpoint.handler, {"url": "https://169.254.169.254/"}, id=id)

    assert (reply.status, reply.code, reply.pointers) == (422, "endpoint.url_invalid", ["/url"])


def test_what_is_waiting_goes_to_the_new_url_and_stays_wanted(line: Line, receiver: Receiver) -> None:
    receiver.behave = lambda received: 500 if received.path == "/hook/old" else 204
    endpoint = line.subscribe(receiver.url + "/old")
    line.publish(line.commit("ord_1"))
    line.deliver()

    change = {"url": receiver.url + "/new", "event_types": ["product.*"]}
    assert line.shop.call(update_endpoint.handler, change, id=endpoint["id"]).status == 200
    line.publish(line.commit("ord_2"))
    line.run()

    [delivery] = line.deliveries(endpoint["id"])
    assert (delivery["status"], delivery["endpoint_version"]) == ("delivered", 1)
    assert [one.path for one in receiver.received] == ["/hook/old", "/hook/new"]


class TestWhatIsChosen:
    def test_only_what_happens_at_its_locations_or_nowhere(self, line: Line) -> None:
        endpoint = line.subscribe("https://shop.example.com/", "*", location_ids=["loc_here"])
        line.publish(
            line.commit("ord_here", data={"location_id": "loc_here"}),
            line.commit("ord_there", data={"location_id": "loc_there"}),
            line.commit("trf_from", data={"from_location_id": "loc_here", "to_location_id": "loc_there"}),
            line.commit("trf_none", data={"from_location_id": "loc_away", "to_location_id": "loc_there"}),
            line.commit("prd_any", data={"name": "Kopi"}),
        )

        assert [one["position"] for one in line.deliveries(endpoint["id"])] == ["1.4", "1.2", "1.0"]

    def test_only_what_passes_its_filter_or_cannot_be_judged_by_it(self, line: Line) -> None:
        endpoint = line.subscribe("https://shop.example.com/", filter="length(lines) > `1`")
        line.publish(
            line.commit("ord_1", data={"lines": [1]}),
            line.commit("ord_2", data={"lines": [1, 2]}),
            line.commit("ord_3", data={"lines": None}),
        )

        assert [one["position"] for one in line.deliveries(endpoint["id"])] == ["1.2", "1.1"]

    def test_a_change_counts_for_events_behind_it_also_when_those_before_are_published_late(self, line: Line) -> None:
        endpoint = line.subscribe("https://shop.example.com/", "order.*")
        line.publish(line.commit("ord_1"))
        changed = line.shop.call(update_endpoint.handler, {"event_types": ["product.*"]}, id=endpoint["id"]).json
        described = line.shop.call(update_endpoint.handler, {"description": "later"}, id=endpoint["id"]).json
        assert changed["since"] == described["since"] == "1.0"

        [page] = store.pages_after(line.shop.merchant_id, 0, 10)
        endpoints = store.all_endpoints(line.shop.merchant_id)
        [late] = choosing.deliveries(line.shop.merchant_id, endpoints, {page.refs[0]: Position(1, 0)})
        assert late.endpoint_version == 1
        assert choosing.deliveries(line.shop.merchant_id, endpoints, {page.refs[0]: Position(1, 1)}) == []

    def test_what_was_before_the_endpoint_is_not_for_it(self, line: Line) -> None:
        record = line.commit("ord_1")
        line.publish(record)
        endpoint = line.subscribe("https://shop.example.com/", "order.*")

        line.publish(record, line.commit("ord_2"))

        assert [one["position"] for one in line.deliveries(endpoint["id"])] == ["2.0"]

    def test_nothing_while_the_merchant_has_it_disabled(self, line: Line) -> None:
        endpoint = line.subscribe("https://shop.example.com/")
        line.shop.call(update_endpoint.handler, {"enabled": False}, id=endpoint["id"])
        line.publish(line.commit("ord_1"))
        line.shop.call(update_endpoint.handler, {"enabled": True}, id=endpoint["id"])
        line.publish(line.commit("ord_2"))

        assert [one["position"] for one in line.deliveries(endpoint["id"])] == ["2.0"]


def test_enabling_takes_a_suspended_endpoint_back_into_sending(line: Line, receiver: Receiver) -> None:
    receiver.behave = always(410)
    endpoint = line.subscribe(receiver.url)
    line.publish(line.commit("ord_1"))
    line.run()
    assert line.shop.call(get_endpoint.handler, id=endpoint["id"]).json["suspended_at"] is not None

    reply = line.shop.call(update_endpoint.handler, {"enabled": True}, id=endpoint["id"])

    assert (reply.json["enabled"], reply.json["suspended_at"]) == (True, None)
    receiver.behave = always(204)
    line.publish(line.commit("ord_2"))
    line.run()
    assert line.deliveries(endpoint["id"])[0]["status"] == "delivered"


def test_its_secret_stays(line: Line, receiver: Receiver) -> None:
    endpoint = line.subscribe(receiver.url)
    before = store.get_target(line.shop.merchant_id, endpoint["id"]).secret

    line.shop.call(update_endpoint.handler, {"description": "A"}, id=endpoint["id"])

    assert store.get_target(line.shop.merchant_id, endpoint["id"]).secret == before


def test_it_needs_its_permission_and_a_body_and_happens_once(shop: Shop) -> None:
    id = shop.call(create_endpoint.handler, BODY).json["id"]
    assert_needs("webhooks:write", shop, update_endpoint.handler, {"description": "A"}, id=id)
    assert_refuses_what_is_no_body(shop, update_endpoint.handler, id=id)
    assert_happens_once(shop, update_endpoint.handler, {"description": "B"}, {"description": "C"}, id=id)
