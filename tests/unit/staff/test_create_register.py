"""create_register"""

from typing import Any

import pytest

from staff import create_register, list_registers
from tests.support.contract import assert_happens_once, assert_needs, assert_refuses_what_is_no_body, events_of
from tests.support.samples import sample
from tests.support.shop import Shop, send


def register(shop: Shop, **fields: Any) -> dict[str, Any]:
    return {"name": "Kasir 2", "location_id": shop.location_id, "code": "A2", **fields}


def test_a_register_is_set_up_with_its_event(shop: Shop) -> None:
    reply = shop.call(create_register.handler, register(shop))

    assert (reply.status, reply.headers["etag"]) == (201, '"1"')
    assert register(shop).items() <= reply.json.items()
    [event] = events_of(shop, reply.json["id"])
    assert (event["type"], event["data"]) == ("register.created", reply.json)
    assert reply.json in shop.call(list_registers.handler).json["items"]


def test_two_registers_never_share_a_code(shop: Shop) -> None:
    reply = shop.call(create_register.handler, register(shop, code="R1"))

    assert (reply.status, reply.code, reply.pointers) == (422, "register.code_taken", ["/code"])
    assert len(shop.call(list_registers.handler).json["items"]) == 1


def test_another_merchants_register_may_have_the_same_code(shop: Shop) -> None:
    other = Shop.open(register_code="A2")

    assert shop.call(create_register.handler, register(shop)).status == 201
    assert len(other.call(list_registers.handler).json["items"]) == 1


@pytest.mark.parametrize("location_id", ["loc_unknown", "another merchant's"])
def test_it_stands_at_a_location_of_the_merchant(shop: Shop, location_id: str) -> None:
    other = Shop.open()

    reply = shop.call(
        create_register.handler,
        register(shop, location_id=other.location_id if location_id == "another merchant's" else location_id),
    )

    assert (reply.status, reply.code, reply.pointers) == (422, "location.unknown", ["/location_id"])


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", 5),
        ("location_id", "x"),
        ("location_id", "loc_" + "x" * 65),
        ("location_id", "loc_a#b"),
        ("code", ""),
        ("code", "a1"),
        ("code", "A1\n"),
        ("code", "ABCDEFGHI"),
        ("counter", 9),
    ],
)
def test_a_bad_field_is_refused_by_name(shop: Shop, field: str, value: Any) -> None:
    reply = shop.call(create_register.handler, register(shop, **{field: value}))

    assert (reply.status, reply.code, reply.pointers) == (422, "request.invalid", [f"/{field}"])


def test_what_is_no_body_is_refused(shop: Shop) -> None:
    assert_refuses_what_is_no_body(shop, create_register.handler)


def test_a_repeat_sets_up_no_second_register(shop: Shop) -> None:
    assert_happens_once(shop, create_register.handler, register(shop), register(shop, code="A3"))
    assert len(shop.call(list_registers.handler).json["items"]) == 2


def test_it_needs_merchant_write(shop: Shop) -> None:
    assert_needs("merchant:write", shop, create_register.handler, register(shop))


def test_the_sample_sets_up_a_register(shop: Shop) -> None:
    reply = send(create_register.handler, sample("staff", "create_register", shop))

    assert (reply.status, reply.json["code"], reply.json["location_id"]) == (201, "B1", shop.location_id)
