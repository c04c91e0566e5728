"""create_api_key"""

from typing import Any

import boto3
import pytest

from pos.dynamo import unpack
from staff import create_api_key, list_api_keys, rules
from tests.support.contract import assert_needs, assert_refuses_what_is_no_body, events_of, logged
from tests.support.samples import sample
from tests.support.shop import Shop, send
from tests.unit.staff.keys import make_key, opens, set_clock

BODY: dict[str, Any] = {"name": "Web shop", "permissions": ["orders:read", "catalog:*"]}


def test_the_sample_makes_a_key_with_its_event(shop: Shop) -> None:
    reply = send(create_api_key.handler, sample("staff", "create_api_key", shop))

    assert (reply.status, reply.headers["etag"], reply.json["name"]) == (201, '"1"', "Web shop")
    assert reply.json["expires_at"] == "2036-11-24T00:00:00.000Z"
    [event] = events_of(shop, reply.json["id"])
    assert (event["type"], event["data"]) == ("api_key.created", reply.json | {"secret": None})


def test_it_opens_what_it_was_made_for_and_its_merchant_alone(shop: Shop) -> None:
    Shop.open(name="Toko Lain")
    key = make_key(shop, permissions=["orders:read", "catalog:*", "orders:read"])

    assert opens(key["secret"]) == {
        "merchant_id": shop.merchant_id,
        "actor": key["id"],
        "permissions": "orders:read catalog:*",
    }


def test_a_repeat_makes_no_second_key_and_does_not_show_the_secret_again(shop: Shop) -> None:
    headers = {"Idempotency-Key": "key-1"}
    first = shop.call(create_api_key.handler, BODY, headers=headers)

    again = shop.call(create_api_key.handler, BODY, headers=headers)

    assert rules.is_well_formed(first.json["secret"])
    assert (again.status, again.headers["idempotent-replayed"]) == (201, "true")
    assert again.json == first.json | {"secret": None}
    assert [key["id"] for key in shop.call(list_api_keys.handler).json["items"]][1:] == [first.json["id"]]
    other = shop.call(create_api_key.handler, BODY | {"name": "Other"}, headers=headers)
    assert (other.status, other.code) == (422, "idempotency.mismatch")


def test_the_secret_is_nowhere_in_clear(shop: Shop) -> None:
    with logged() as log:
        key = shop.call(create_api_key.handler, BODY, headers={"Idempotency-Key": "key-1"}).json

    secret = key["secret"].removeprefix("kasir_sk_")
    for table in ("staff", "events", "idempotency"):
        for item in boto3.client("dynamodb").scan(TableName=f"test-{table}")["Items"]:
            packed = [unpack(item[name]["B"]) for name in ("doc", "data", "body") if name in item]
            assert secret not in repr([item, packed])
    assert secret not in log.getvalue()


@pytest.mark.parametrize(
    ("held", "wanted", "pointer"),
    [
        ("keys:write orders:read", ["orders:read", "orders:write"], "/permissions/1"),
        ("keys:write orders:read orders:write", ["orders:*"], "/permissions/0"),
        ("keys:* orders:* catalog:*", ["*"], "/permissions/0"),
    ],
)
def test_a_key_may_do_no_more_than_its_maker(shop: Shop, held: str, wanted: list[str], pointer: str) -> None:
    reply = shop.call(create_api_key.handler, BODY | {"permissions": wanted}, permissions=held)

    assert (reply.status, reply.code, reply.pointers) == (422, "api_key.beyond_caller", [pointer])
    assert len(shop.call(list_api_keys.handler).json["items"]) == 1


def test_who_may_do_all_of_a_service_hands_on_parts_of_it(shop: Shop) -> None:
    reply = shop.call(
        create_api_key.handler, BODY | {"permissions": ["orders:read"]}, permissions="keys:write orders:*"
    )

    assert reply.status == 201


def test_an_expired_key_is_nobodys(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    set_clock(monkeypatch, "2030-01-01T00:00:00Z")
    key = make_key(shop, expires_at="2030-01-01T08:00:00+07:00")
    assert opens(key["secret"])["actor"] == key["id"]

    set_clock(monkeypatch, "2030-01-01T01:00:00Z")

    assert opens(key["secret"]) == {}


def test_a_key_does_not_expire_before_it_is_made(shop: Shop) -> None:
    reply = shop.call(create_api_key.handler, BODY | {"expires_at": "2020-01-01T00:00:00Z"})

    assert (reply.status, reply.code, reply.pointers) == (422, "api_key.expired", ["/expires_at"])


@pytest.mark.parametrize(
    ("field", "value", "pointer"),
    [
        ("name", "", "/name"),
        ("permissions", [], "/permissions"),
        ("permissions", "orders:read", "/permissions"),
        ("permissions", ["orders:everything"], "/permissions/0"),
        ("permissions", ["orders:read", "orders"], "/permissions/1"),
        ("permissions", ["cats:*"], "/permissions/0"),
        ("permissions", ["orders:read catalog:read"], "/permissions/0"),
        ("expires_at", "tomorrow", "/expires_at"),
        ("expires_at", "2030-01-01T00:00:00", "/expires_at"),
        ("secret", "kasir_sk_mine", "/secret"),
    ],
)
def test_a_bad_field_is_refused_by_name(shop: Shop, field: str, value: Any, pointer: str) -> None:
    reply = shop.call(create_api_key.handler, BODY | {field: value})

    assert (reply.status, reply.code, reply.pointers) == (422, "request.invalid", [pointer])


def test_what_is_no_body_is_refused(shop: Shop) -> None:
    assert_refuses_what_is_no_body(shop, create_api_key.handler)


def test_it_needs_keys_write(shop: Shop) -> None:
    assert_needs("keys:write", shop, create_api_key.handler, {"name": "Till", "permissions": ["keys:write"]})
