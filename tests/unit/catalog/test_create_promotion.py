"""create_promotion"""

from typing import Any

import pytest

from catalog import create_promotion, delete_product, get_promotion, list_promotions, promotions, store
from pos import dynamo
from tests.support.contract import assert_happens_once, assert_needs, assert_refuses_what_is_no_body, events_of
from tests.support.samples import sample
from tests.support.shop import Shop, send
from tests.unit.catalog.categories import add_category
from tests.unit.catalog.products import add_product
from tests.unit.catalog.promotion_samples import HAPPY_HOUR


def test_a_promotion_is_added_with_its_event(shop: Shop) -> None:
    category, product = add_category(shop), add_product(shop)
    of = {
        "category_ids": [category["id"]],
        "product_ids": [product["id"]],
        "variant_ids": [product["variants"][0]["id"]],
    }
    body = {
        "name": "Happy hour",
        "starts_at": "2026-11-01T00:00:00+07:00",
        "ends_at": "2026-12-01T00:00:00+07:00",
        "weekdays": ["fri", "sat"],
        "from_time": "22:00",
        "to_time": "02:00",
        "location_ids": [shop.location_id],
        "buy_x_get_y": {"buy": 2, "get": 1, "percent": "50", **of},
    }

    reply = shop.call(create_promotion.handler, body)

    assert (reply.status, reply.headers["etag"]) == (201, '"1"')
    expected = {**body, "starts_at": "2026-10-31T17:00:00.000Z", "ends_at": "2026-11-30T17:00:00.000Z"}
    assert expected.items() <= reply.json.items()
    assert reply.json["active"]
    [event] = events_of(shop, reply.json["id"])
    assert (event["type"], event["data"]) == ("promotion.created", reply.json)
    assert shop.call(get_promotion.handler, id=reply.json["id"]).json == reply.json
    assert shop.call(list_promotions.handler).json["items"] == [reply.json]


@pytest.mark.parametrize(
    ("fields", "code", "pointer"),
    [
        ({"name": ""}, "request.invalid", "/name"),
        ({"active": "yes"}, "request.invalid", "/active"),
        ({"starts_at": "tomorrow"}, "request.invalid", "/starts_at"),
        ({"weekdays": ["friday"]}, "request.invalid", "/weekdays/0"),
        ({"weekdays": ["fri", "fri"]}, "request.invalid", "/weekdays"),
        ({"from_time": "24:00"}, "request.invalid", "/from_time"),
        ({"from_time": "9:00"}, "request.invalid", "/from_time"),
        ({"from_time": "09:00"}, "promotion.hours_invalid", "/to_time"),
        ({"from_time": "09:00", "to_time": "09:00"}, "promotion.hours_invalid", "/to_time"),
        (
            {"starts_at": "2026-12-01T00:00:00Z", "ends_at": "2026-12-01T00:00:00Z"},
            "promotion.period_invalid",
            "/ends_at",
        ),
        ({"location_ids": ["loc_none"]}, "location.unknown", "/location_ids/0"),
        ({"percent_off": None}, "promotion.kind_invalid", ""),
        ({"order_over": {"minimum": 1, "amount": 1}}, "promotion.kind_invalid", ""),
        ({"percent_off": {"percent": "0"}}, "request.invalid", "/percent_off/percent"),
        ({"percent_off": {"percent": "100.1"}}, "request.invalid", "/percent_off/percent"),
        ({"percent_off": {"percent": 20}}, "request.invalid", "/percent_off/percent"),
        (
            {"percent_off": {"percent": "20", "category_ids": ["cat_none"]}},
            "category.unknown",
            "/percent_off/category_ids/0",
        ),
        (
            {"percent_off": {"percent": "20", "product_ids": ["prd_none"]}},
            "product.unknown",
            "/percent_off/product_ids/0",
        ),
        (
            {"percent_off": None, "buy_x_get_y": {"buy": 1, "get": 1, "variant_ids": ["var_none"]}},
            "variant.unknown",
            "/buy_x_get_y/variant_ids/0",
        ),
        ({"percent_off": None, "buy_x_get_y": {"buy": 0, "get": 1}}, "request.invalid", "/buy_x_get_y/buy"),
        ({"percent_off": None, "buy_x_get_y": {"buy": 1, "get": 1001}}, "request.invalid", "/buy_x_get_y/get"),
        ({"percent_off": None, "order_over": {"minimum": 0, "amount": 1}}, "request.invalid", "/order_over/minimum"),
        ({"percent_off": None, "order_over": {"minimum": 10}}, "request.invalid", "/order_over"),
        ({"percent_off": None, "order_over": {"minimum": 10, "amount": 11}}, "request.invalid", "/order_over"),
    ],
)
def test_a_bad_field_is_refused_by_name(shop: Shop, fields: Any, code: str, pointer: str) -> None:
    reply = shop.call(create_promotion.handler, HAPPY_HOUR | fields)

    assert (reply.status, reply.code, reply.pointers) == (422, code, [pointer])
    assert shop.call(list_promotions.handler).json["items"] == []


def test_what_was_deleted_or_is_anothers_cannot_be_named(shop: Shop) -> None:
    other, deleted = add_product(Shop.open()), add_product(shop)
    shop.call(delete_product.handler, id=deleted["id"])

    for product in (other, deleted):
        body = HAPPY_HOUR | {"percent_off": {"percent": "20", "product_ids": [product["id"]]}}
        assert shop.call(create_promotion.handler, body).code == "product.unknown"


def test_a_merchant_has_a_limited_number_of_promotions(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(promotions, "MAX_PROMOTIONS", 1)
    shop.call(create_promotion.handler, HAPPY_HOUR)

    reply = shop.call(create_promotion.handler, HAPPY_HOUR)

    assert (reply.status, reply.code) == (409, "promotion.too_many")


def test_promotions_that_every_sale_would_read_too_much_of_are_refused(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "_MAX_PACKED_PROMOTIONS", 100)

    reply = shop.call(create_promotion.handler, HAPPY_HOUR)

    assert (reply.status, reply.code) == (413, "promotion.too_large")


def test_of_two_promotions_added_at_one_moment_none_is_lost(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    stale = dynamo.get(store.promotions_ref(shop.merchant_id))
    first = shop.call(create_promotion.handler, HAPPY_HOUR).json
    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(dynamo, "get", lambda _ref: stale)
        late = shop.call(create_promotion.handler, HAPPY_HOUR)

    assert (late.status, late.code) == (409, "request.conflict")
    assert shop.call(list_promotions.handler).json["items"] == [first]


def test_what_is_no_body_is_refused(shop: Shop) -> None:
    assert_refuses_what_is_no_body(shop, create_promotion.handler)


def test_a_repeat_adds_no_second_promotion(shop: Shop) -> None:
    assert_happens_once(shop, create_promotion.handler, HAPPY_HOUR, HAPPY_HOUR | {"name": "Other"})
    assert len(shop.call(list_promotions.handler).json["items"]) == 1


def test_it_needs_catalog_write(shop: Shop) -> None:
    assert_needs("catalog:write", shop, create_promotion.handler, HAPPY_HOUR)


def test_the_sample_adds_a_happy_hour(shop: Shop) -> None:
    reply = send(create_promotion.handler, sample("catalog", "create_promotion", shop))

    assert (reply.status, reply.json["percent_off"]["percent"], reply.json["from_time"]) == (201, "20", "17:00")
