"""adjust_points"""

from typing import Any

import pytest

from customers import adjust_points, delete_customer, erase_customer
from tests.support.contract import assert_happens_once, assert_needs, assert_refuses_what_is_no_body, events_of
from tests.support.samples import sample
from tests.support.shop import Reply, Shop, send
from tests.unit.customers.people import add_customer
from tests.unit.customers.points import adjust, balance, ledger


def points(shop: Shop, customer: Any, number: Any, **request: Any) -> Reply:
    return shop.call(adjust_points.handler, {"points": number, "reason": "Birthday"}, id=customer["id"], **request)


def test_points_are_given_with_an_entry_and_its_event(shop: Shop) -> None:
    siti = add_customer(shop)

    reply = points(shop, siti, 25)

    entry = reply.json
    assert (reply.status, entry["type"], entry["points"], entry["reason"]) == (201, "adjusted", 25, "Birthday")
    assert (entry["customer_id"], entry["actor"], entry["order_id"]) == (siti["id"], "key_test", None)
    assert (balance(shop, siti), ledger(shop, siti)) == (25, [entry])
    [event] = events_of(shop, entry["id"])
    assert (event["type"], event["data"]) == ("points.adjusted", entry)


def test_points_are_taken_as_long_as_there_are_any(shop: Shop) -> None:
    siti = add_customer(shop)
    adjust(shop, siti, 25)
    assert points(shop, siti, -20).status == 201

    reply = points(shop, siti, -6)

    assert (reply.status, reply.code, reply.pointers) == (409, "points.insufficient", ["/points"])
    assert "5 points" in reply.json["detail"]
    assert balance(shop, siti) == 5


def test_who_has_none_can_lose_none(shop: Shop) -> None:
    assert points(shop, add_customer(shop), -1).code == "points.insufficient"


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"points": 0, "reason": "x"}, "/points"),
        ({"points": "5", "reason": "x"}, "/points"),
        ({"points": 1_000_000_001, "reason": "x"}, "/points"),
        ({"points": 5}, "/reason"),
        ({"points": 5, "reason": " "}, "/reason"),
        ({"points": 5, "reason": "x" * 501}, "/reason"),
    ],
)
def test_a_bad_field_is_refused_by_name(shop: Shop, body: Any, pointer: str) -> None:
    reply = shop.call(adjust_points.handler, body, id=add_customer(shop)["id"])

    assert (reply.status, reply.code, reply.pointers) == (422, "request.invalid", [pointer])


def test_what_is_deleted_or_anothers_is_not_found(shop: Shop) -> None:
    deleted, foreign = add_customer(shop), add_customer(Shop.open())
    shop.call(delete_customer.handler, id=deleted["id"])

    for customer in (deleted, foreign, {"id": "cus_none"}):
        assert (points(shop, customer, 5).status, points(shop, customer, 5).code) == (404, "customer.not_found")


def test_erasing_keeps_the_ledger_and_drops_its_reasons(shop: Shop) -> None:
    siti = add_customer(shop)
    entry = points(shop, siti, 25, headers={"Idempotency-Key": "k"}).json

    shop.call(erase_customer.handler, id=siti["id"])

    assert balance(shop, siti) == 25
    assert ledger(shop, siti) == [entry | {"reason": None}]
    assert [event["data"]["reason"] for event in events_of(shop, entry["id"])] == [None]


def test_what_is_no_body_is_refused(shop: Shop) -> None:
    assert_refuses_what_is_no_body(shop, adjust_points.handler, id=add_customer(shop)["id"])


def test_a_repeat_gives_once(shop: Shop) -> None:
    siti = add_customer(shop)
    body = {"points": 5, "reason": "Birthday"}

    assert_happens_once(shop, adjust_points.handler, body, body | {"points": 6}, id=siti["id"])

    assert balance(shop, siti) == 5


def test_it_needs_customers_write(shop: Shop) -> None:
    body = {"points": 5, "reason": "Birthday"}

    assert_needs("customers:write", shop, adjust_points.handler, body, id=add_customer(shop)["id"])


def test_the_sample_gives_points(shop: Shop) -> None:
    siti = add_customer(shop)

    reply = send(adjust_points.handler, sample("customers", "adjust_points", shop, id=siti["id"]))

    assert (reply.status, balance(shop, siti)) == (201, 25)
