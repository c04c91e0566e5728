"""delete_endpoint"""

from tests.support.contract import assert_needs, events_of
from tests.support.samples import sample
from tests.support.shop import Shop, send
from tests.unit.webhooks.line import Line, Receiver, stored_items
from webhooks import create_endpoint, delete_endpoint, get_endpoint, list_deliveries

BODY = {"url": "https://shop.example.com/hook", "event_types": ["*"]}


def test_the_sample_event_removes_an_endpoint(shop: Shop) -> None:
    made = shop.call(create_endpoint.handler, BODY).json

    reply = send(delete_endpoint.handler, sample("webhooks", "delete_endpoint", shop, id=made["id"]))

    assert (reply.status, reply.json["version"], reply.json["enabled"]) == (200, 2, False)
    assert reply.json["deleted_at"] == reply.json["updated_at"]
    assert [event["type"] for event in events_of(shop, made["id"])] == ["endpoint.created", "endpoint.deleted"]
    assert shop.call(get_endpoint.handler, id=made["id"]).code == "endpoint.not_found"
    assert shop.call(list_deliveries.handler, id=made["id"]).code == "endpoint.not_found"


def test_its_secret_is_forgotten(shop: Shop) -> None:
    made = shop.call(create_endpoint.handler, BODY).json

    shop.call(delete_endpoint.handler, id=made["id"])

    [tombstone] = [item for item in stored_items("webhooks") if item["sk"]["S"].startswith("endpoint#")]
    assert "secret" not in tombstone


def test_it_gets_nothing_any_more_and_what_was_pending_is_discarded(line: Line, receiver: Receiver) -> None:
    gone, other = line.subscribe(receiver.url + "/gone"), line.subscribe(receiver.url + "/other")
    line.publish(line.commit("ord_before"))
    line.shop.call(delete_endpoint.handler, id=gone["id"])
    line.publish(line.commit("ord_after"))

    line.run()

    assert {one.path for one in receiver.received} == {"/hook/other"}
    assert [one["status"] for one in line.deliveries(other["id"])] == ["delivered", "delivered"]
    statuses = [item["status"]["S"] for item in stored_items("webhooks") if item["pk"]["S"].endswith(gone["id"])]
    assert statuses == ["discarded"]


def test_a_repeat_under_its_key_answers_the_tombstone_again(shop: Shop) -> None:
    made, headers = shop.call(create_endpoint.handler, BODY).json, {"Idempotency-Key": "gone-1"}
    first = shop.call(delete_endpoint.handler, id=made["id"], headers=headers)

    again = shop.call(delete_endpoint.handler, id=made["id"], headers=headers)

    assert (again.status, again.text, again.headers["idempotent-replayed"]) == (200, first.text, "true")
    assert shop.call(delete_endpoint.handler, id=made["id"]).code == "endpoint.not_found"


def test_a_stale_version_is_refused(shop: Shop) -> None:
    made = shop.call(create_endpoint.handler, BODY).json

    reply = shop.call(delete_endpoint.handler, id=made["id"], headers={"If-Match": '"7"'})

    assert (reply.status, reply.code) == (412, "request.stale_version")


def test_another_merchants_endpoint_is_not_there(shop: Shop) -> None:
    other = Shop.open()
    made = other.call(create_endpoint.handler, BODY).json

    assert shop.call(delete_endpoint.handler, id=made["id"]).code == "endpoint.not_found"
    assert other.call(get_endpoint.handler, id=made["id"]).status == 200


def test_it_needs_its_permission(shop: Shop) -> None:
    made = shop.call(create_endpoint.handler, BODY).json

    assert_needs("webhooks:write", shop, delete_endpoint.handler, id=made["id"])
