"""create_staff_member"""

from typing import Any

import boto3
import pytest

from pos.dynamo import unpack
from staff import create_staff_member, list_staff
from tests.support.contract import assert_happens_once, assert_needs, assert_refuses_what_is_no_body, events_of, logged
from tests.support.samples import sample
from tests.support.shop import Shop, send
from tests.unit.staff.people import PIN, employ, make_role

BODY = {"name": "Sari", "role": "cashier"}


def test_the_sample_employs_a_person_with_their_event(shop: Shop) -> None:
    reply = send(create_staff_member.handler, sample("staff", "create_staff_member", shop))

    assert (reply.status, reply.json["role"], reply.json["has_pin"]) == (201, "cashier", True)
    assert reply.json["location_ids"] == [shop.location_id]
    [event] = events_of(shop, reply.json["id"])
    assert (event["type"], event["data"]) == ("staff_member.created", reply.json)


def test_the_pin_is_nowhere_in_clear_and_no_digest_of_it_alone(shop: Shop) -> None:
    headers = {"Idempotency-Key": "k"}
    with logged() as log:
        first = shop.call(create_staff_member.handler, BODY | {"pin": PIN}, headers=headers)
    again = shop.call(create_staff_member.handler, BODY | {"pin": "00001111"}, headers=headers)

    assert again.text == first.text, "the kept digest of the request does not depend on the PIN"
    assert PIN not in first.text + log.getvalue()
    for table in ("staff", "events", "idempotency"):
        for item in boto3.client("dynamodb").scan(TableName=f"test-{table}")["Items"]:
            packed = [unpack(item[name]["B"]) for name in ("doc", "data", "body") if name in item]
            assert PIN not in repr([item, packed])


def test_the_same_pin_is_kept_differently_for_each(shop: Shop) -> None:
    employ(shop, pin=PIN)
    employ(shop, pin=PIN)

    kept = [
        item["pin"]["B"] for item in boto3.client("dynamodb").scan(TableName="test-staff")["Items"] if "pin" in item
    ]
    assert len(set(kept)) == 2


def test_a_role_of_the_merchants_own_can_be_given(shop: Shop) -> None:
    assert employ(shop, role=make_role(shop)["id"])["role"].startswith("rol_")


@pytest.mark.parametrize("role", ["boss", "rol_unknown", "another merchant's"])
def test_a_role_that_the_merchant_does_not_have_is_refused(shop: Shop, role: str) -> None:
    given = make_role(Shop.open())["id"] if role == "another merchant's" else role

    reply = shop.call(create_staff_member.handler, BODY | {"role": given})

    assert (reply.status, reply.code, reply.pointers) == (422, "role.unknown", ["/role"])


def test_nobody_gives_a_role_that_may_do_more_than_they(shop: Shop) -> None:
    reply = shop.call(create_staff_member.handler, BODY | {"role": "owner"}, permissions="staff:* orders:*")

    assert (reply.status, reply.code, reply.pointers) == (422, "role.beyond_caller", ["/role"])
    assert shop.call(list_staff.handler).json["items"] == []


def test_another_merchants_location_is_refused(shop: Shop) -> None:
    places = [shop.location_id, Shop.open().location_id]

    reply = shop.call(create_staff_member.handler, BODY | {"location_ids": places})

    assert (reply.status, reply.code, reply.pointers) == (422, "location.unknown", ["/location_ids/1"])


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("role", "Cashier"),
        ("role", None),
        ("active", "yes"),
        ("pin", "123"),
        ("pin", "123456789"),
        ("pin", "12a4"),
        ("pin", "١٢٣٤"),
        ("pin", "1234\n"),
        ("pin", 1234),
        ("has_pin", True),
    ],
)
def test_a_bad_field_is_refused_by_name_and_never_repeated(shop: Shop, field: str, value: Any) -> None:
    with logged() as log:
        reply = shop.call(create_staff_member.handler, BODY | {field: value})

    assert (reply.status, reply.code, reply.pointers) == (422, "request.invalid", [f"/{field}"])
    if field == "pin":
        assert str(value) not in reply.text + log.getvalue()


def test_what_is_no_body_is_refused(shop: Shop) -> None:
    assert_refuses_what_is_no_body(shop, create_staff_member.handler)


def test_a_repeat_employs_nobody_twice(shop: Shop) -> None:
    assert_happens_once(shop, create_staff_member.handler, BODY, BODY | {"name": "Budi"})
    assert len(shop.call(list_staff.handler).json["items"]) == 1


def test_it_needs_staff_write(shop: Shop) -> None:
    role = make_role(shop, "staff:write")["id"]
    assert_needs("staff:write", shop, create_staff_member.handler, BODY | {"role": role})
