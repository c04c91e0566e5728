"""update_customer"""

from typing import Any

import pytest

from customers import create_customer, delete_customer, get_customer, list_customers, store, update_customer
from tests.support.contract import assert_happens_once, assert_needs, assert_refuses_what_is_no_body, events_of
from tests.support.samples import sample
from tests.support.shop import Reply, Shop, send
from tests.unit.customers.people import add_customer, new_customer


def update(shop: Shop, customer: Any, change: Any, **request: Any) -> Reply:
    return shop.call(update_customer.handler, change, id=customer["id"], **request)


def test_what_is_left_out_stays(shop: Shop) -> None:
    siti = add_customer(shop, **new_customer(tags=["regular"], birthday="1990-05-17"))

    reply = update(shop, siti, {"note": "No sugar", "birthday": None})

    changed = {"note": "No sugar", "birthday": None, "version": 2, "updated_at": reply.json["updated_at"]}
    assert (reply.status, reply.json) == (200, siti | changed)
    assert shop.call(get_customer.handler, id=siti["id"]).json == reply.json
    event = events_of(shop, siti["id"])[-1]
    assert (event["type"], event["data"]) == ("customer.updated", reply.json)


def test_look_ups_follow_a_change(shop: Shop) -> None:
    siti = add_customer(shop, **new_customer(external_ids={"shopify": "1", "tokopedia": "2"}))

    siti = update(shop, siti, {"phone": "0811 1111 1111", "external_ids": {"shopify": "2"}}).json

    def found(**query: str) -> Any:
        return shop.call(list_customers.handler, query=query).json["items"]

    assert found(phone="081111111111") == found(external_id="shopify:2") == found(email="siti@example.com") == [siti]
    assert found(phone="081234567890") == found(external_id="shopify:1") == found(external_id="tokopedia:2") == []


def test_what_another_customer_has_is_refused(shop: Shop) -> None:
    add_customer(shop, **new_customer())
    budi = add_customer(shop, name="Budi")

    reply = update(shop, budi, {"phone": "+6281234567890"})

    assert (reply.status, reply.code, reply.pointers) == (422, "customer.phone_taken", ["/phone"])
    assert shop.call(get_customer.handler, id=budi["id"]).json == budi


def test_one_stays_known_by_something(shop: Shop) -> None:
    reply = update(shop, add_customer(shop, phone="081234567890"), {"phone": None})

    assert (reply.status, reply.code, reply.pointers) == (422, "customer.anonymous", ["/name"])


@pytest.mark.parametrize(("field", "value"), [("name", ""), ("email", "siti"), ("tags", ["a", "a"]), ("id", "cus_1")])
def test_a_bad_field_is_refused_by_name(shop: Shop, field: str, value: Any) -> None:
    reply = update(shop, add_customer(shop), {field: value})

    assert (reply.status, reply.code, reply.pointers) == (422, "request.invalid", [f"/{field}"])


def test_a_stale_version_is_refused(shop: Shop) -> None:
    siti = add_customer(shop)
    update(shop, siti, {"name": "A"})

    reply = update(shop, siti, {"name": "B"}, headers={"If-Match": "1"})

    assert (reply.status, reply.code) == (412, "request.stale_version")


def test_of_two_changes_at_one_moment_one_is_refused(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    siti = add_customer(shop, **new_customer())
    stale = store.get_customer(shop.merchant_id, siti["id"])
    update(shop, siti, {"phone": "0811 1111 1111"})

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(store, "get_customer", lambda *_: stale)
        late = update(shop, siti, {"phone": "0812 2222 2222"})

    assert (late.status, late.code) == (409, "request.conflict")
    assert shop.call(get_customer.handler, id=siti["id"]).json["phone"] == "+6281111111111"
    assert shop.call(create_customer.handler, {"phone": "0812 2222 2222"}).status == 201


def test_what_is_deleted_or_anothers_is_not_found(shop: Shop) -> None:
    deleted, foreign = add_customer(shop), add_customer(Shop.open())
    shop.call(delete_customer.handler, id=deleted["id"])

    for customer in (deleted, foreign):
        assert update(shop, customer, {"name": "A"}).code == "customer.not_found"


def test_what_is_no_body_is_refused(shop: Shop) -> None:
    assert_refuses_what_is_no_body(shop, update_customer.handler, id=add_customer(shop)["id"])


def test_a_repeat_changes_once(shop: Shop) -> None:
    id = add_customer(shop)["id"]

    assert_happens_once(shop, update_customer.handler, {"note": "No sugar"}, {"note": None}, id=id)


def test_it_needs_customers_write(shop: Shop) -> None:
    assert_needs("customers:write", shop, update_customer.handler, {"name": "A"}, id=add_customer(shop)["id"])


def test_the_sample_changes_a_customer(shop: Shop) -> None:
    reply = send(update_customer.handler, sample("customers", "update_customer", shop, id=add_customer(shop)["id"]))

    assert (reply.status, reply.json["note"]) == (200, "No sugar")
