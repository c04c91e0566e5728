"""update_loyalty_program"""

from typing import Any

import pytest

from customers import get_loyalty_program, update_loyalty_program
from tests.support.contract import assert_happens_once, assert_needs, assert_refuses_what_is_no_body, events_of
from tests.support.samples import sample
from tests.support.shop import Shop, send
from tests.unit.customers.points import start_program

PROGRAM = {"earn_points": 1, "earn_per": 10_000, "point_value": 100}


def test_a_program_is_set_up_with_its_event(shop: Shop) -> None:
    reply = shop.call(update_loyalty_program.handler, PROGRAM)

    assert (reply.status, reply.headers["etag"]) == (200, '"1"')
    assert reply.json["created_at"] == reply.json["updated_at"]
    assert reply.json | PROGRAM | {"enabled": True, "min_redeem": 1} == reply.json
    assert shop.call(get_loyalty_program.handler).json == reply.json
    [event] = events_of(shop, "loyalty_program")
    assert (event["type"], event["data"]) == ("loyalty_program.updated", reply.json)


def test_what_is_put_is_all_there_is(shop: Shop) -> None:
    first = start_program(shop, min_redeem=50, enabled=False)

    second = shop.call(update_loyalty_program.handler, PROGRAM).json

    assert (first["min_redeem"], second["min_redeem"], second["enabled"], second["version"]) == (50, 1, True, 2)
    assert second["created_at"] == first["created_at"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("earn_points", 0),
        ("earn_points", "1"),
        ("earn_per", 0),
        ("earn_per", 1.5),
        ("point_value", 0),
        ("point_value", 2**53),
        ("min_redeem", 0),
        ("enabled", "yes"),
        ("name", "Club"),
    ],
)
def test_a_bad_field_is_refused_by_name(shop: Shop, field: str, value: Any) -> None:
    reply = shop.call(update_loyalty_program.handler, PROGRAM | {field: value})

    assert (reply.status, reply.code, reply.pointers) == (422, "request.invalid", [f"/{field}"])


def test_a_stale_version_is_refused(shop: Shop) -> None:
    start_program(shop)

    reply = shop.call(update_loyalty_program.handler, PROGRAM, headers={"If-Match": "0"})

    assert (reply.status, reply.code) == (412, "request.stale_version")


def test_each_merchant_has_its_own(shop: Shop) -> None:
    start_program(Shop.open())

    assert shop.call(get_loyalty_program.handler).json["version"] == 0


def test_what_is_no_body_is_refused(shop: Shop) -> None:
    assert_refuses_what_is_no_body(shop, update_loyalty_program.handler)


def test_a_repeat_changes_once(shop: Shop) -> None:
    assert_happens_once(shop, update_loyalty_program.handler, PROGRAM, PROGRAM | {"earn_points": 2})


def test_it_needs_customers_write(shop: Shop) -> None:
    assert_needs("customers:write", shop, update_loyalty_program.handler, PROGRAM)


def test_the_sample_sets_up_a_program(shop: Shop) -> None:
    reply = send(update_loyalty_program.handler, sample("customers", "update_loyalty_program", shop))

    assert (reply.status, reply.json["enabled"]) == (200, True)
