"""update_merchant"""

from typing import Any

import pytest

from staff import get_merchant, update_merchant
from tests.support.contract import assert_happens_once, assert_needs, assert_refuses_what_is_no_body, events_of
from tests.support.samples import sample
from tests.support.shop import Shop, send


def test_what_is_left_out_stays(shop: Shop) -> None:
    before = shop.call(get_merchant.handler).json

    reply = shop.call(update_merchant.handler, {"cash_rounding_step": 100})

    assert reply.status == 200
    changed = {"cash_rounding_step": 100, "version": 2, "updated_at": reply.json["updated_at"]}
    assert reply.json == before | changed == shop.call(get_merchant.handler).json


def test_a_change_has_its_event(shop: Shop) -> None:
    merchant = shop.call(update_merchant.handler, {"name": "Toko Jaya"}).json

    event = events_of(shop, shop.merchant_id)[-1]
    assert event["type"] == "merchant.updated"
    assert event["entity"] == {"type": "merchant", "id": shop.merchant_id, "version": 2}
    assert event["data"] == merchant


def test_a_new_currency_brings_its_minor_units(shop: Shop) -> None:
    assert shop.call(update_merchant.handler, {"currency": "KWD"}).json["minor_units"] == 3
    assert shop.call(update_merchant.handler, {"currency": "USD", "minor_units": 0}).json["minor_units"] == 0


def test_a_stale_version_is_refused(shop: Shop) -> None:
    assert shop.call(update_merchant.handler, {"name": "A"}, headers={"If-Match": '"1"'}).status == 200

    stale = shop.call(update_merchant.handler, {"name": "B"}, headers={"If-Match": '"1"'})

    assert (stale.status, stale.code) == (412, "request.stale_version")
    assert shop.call(get_merchant.handler).json["name"] == "A"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "   "),
        ("name", "a\u0000b"),
        ("name", "x" * 201),
        ("name", None),
        ("currency", "ABC"),
        ("currency", "usd"),
        ("country", "XX"),
        ("country", "id"),
        ("minor_units", 5),
        ("minor_units", -1),
        ("minor_units", "2"),
        ("tax_rounding", "never"),
        ("rounding_mode", "up"),
        ("cash_rounding_step", -1),
        ("cash_rounding_step", 50.0),
        ("cash_rounding_step", "50"),
        ("cash_rounding_step", True),
        ("stock_policy", "maybe"),
        ("time_zone", "WIB"),
        ("time_zone", "/etc/localtime"),
        ("version", 7),
        ("id", "mer_other"),
    ],
)
def test_a_bad_setting_is_refused_by_name(shop: Shop, field: str, value: Any) -> None:
    reply = shop.call(update_merchant.handler, {field: value})

    assert (reply.status, reply.code, reply.pointers) == (422, "request.invalid", [f"/{field}"])
    assert shop.call(get_merchant.handler).json["version"] == 1


def test_what_is_no_body_is_refused(shop: Shop) -> None:
    assert_refuses_what_is_no_body(shop, update_merchant.handler)


def test_a_repeat_changes_nothing(shop: Shop) -> None:
    assert_happens_once(shop, update_merchant.handler, {"name": "A"}, {"name": "B"}, headers={"If-Match": "1"})


def test_naming_a_default_is_another_request_than_leaving_it_out(shop: Shop) -> None:
    headers = {"Idempotency-Key": "k"}
    shop.call(update_merchant.handler, {"name": "A"}, headers=headers)

    reply = shop.call(update_merchant.handler, {"name": "A", "cash_rounding_step": 0}, headers=headers)

    assert reply.code == "idempotency.mismatch"


def test_it_needs_merchant_write(shop: Shop) -> None:
    assert_needs("merchant:write", shop, update_merchant.handler, {"name": "A"})


def test_the_sample_changes_the_merchant(shop: Shop) -> None:
    reply = send(update_merchant.handler, sample("staff", "update_merchant", shop))

    assert (reply.status, reply.json["cash_rounding_step"], reply.json["version"]) == (200, 100, 2)
