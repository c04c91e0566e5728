"""update_promotion"""

from typing import Any

import pytest

from catalog import delete_product, delete_promotion, get_promotion, list_promotions, store, update_promotion
from pos import dynamo
from tests.support.contract import assert_happens_once, assert_needs, assert_refuses_what_is_no_body, events_of
from tests.support.samples import sample
from tests.support.shop import Reply, Shop, send
from tests.unit.catalog.products import add_product
from tests.unit.catalog.promotion_samples import add_promotion


def update(shop: Shop, promotion: Any, change: Any, **request: Any) -> Reply:
    return shop.call(update_promotion.handler, change, id=promotion["id"], **request)


def test_what_is_left_out_stays(shop: Shop) -> None:
    add_promotion(shop)
    promotion = add_promotion(shop, weekdays=["fri"])
    add_promotion(shop)

    reply = update(shop, promotion, {"active": False})

    changed = {"active": False, "version": 2, "updated_at": reply.json["updated_at"]}
    assert (reply.status, reply.json) == (200, promotion | changed)
    assert shop.call(get_promotion.handler, id=promotion["id"]).json == reply.json
    assert shop.call(list_promotions.handler).json["items"][1] == reply.json
    event = events_of(shop, promotion["id"])[-1]
    assert (event["type"], event["data"], event["entity"]["version"]) == ("promotion.updated", reply.json, 2)


def test_one_kind_takes_the_place_of_another(shop: Shop) -> None:
    reply = update(shop, add_promotion(shop), {"order_over": {"minimum": 100_000, "percent": "10"}})

    assert reply.json["percent_off"] is None
    assert reply.json["order_over"] == {"minimum": 100_000, "percent": "10", "amount": None}


@pytest.mark.parametrize(
    ("change", "code", "pointer"),
    [
        ({"name": None}, "request.invalid", "/name"),
        ({"weekdays": None}, "request.invalid", "/weekdays"),
        ({"percent_off": None}, "promotion.kind_invalid", ""),
        ({"to_time": "19:00"}, "promotion.hours_invalid", "/to_time"),
        ({"ends_at": "2026-01-01T00:00:00Z"}, "promotion.period_invalid", "/ends_at"),
        ({"location_ids": ["loc_none"]}, "location.unknown", "/location_ids/0"),
        ({"deleted_at": None}, "request.invalid", "/deleted_at"),
    ],
)
def test_a_bad_field_is_refused_by_name(shop: Shop, change: Any, code: str, pointer: str) -> None:
    promotion = add_promotion(shop, starts_at="2026-01-01T00:00:00Z")

    reply = update(shop, promotion, change)

    assert (reply.status, reply.code, reply.pointers) == (422, code, [pointer])
    assert shop.call(get_promotion.handler, id=promotion["id"]).json == promotion


def test_a_promotion_that_names_what_is_gone_can_still_be_ended(shop: Shop) -> None:
    product = add_product(shop)
    promotion = add_promotion(shop, percent_off={"percent": "20", "product_ids": [product["id"]]})
    shop.call(delete_product.handler, id=product["id"])

    assert update(shop, promotion, {"active": False}).status == 200


def test_a_stale_version_is_refused(shop: Shop) -> None:
    promotion = add_promotion(shop)
    update(shop, promotion, {"name": "A"})

    reply = update(shop, promotion, {"name": "B"}, headers={"If-Match": "1"})

    assert (reply.status, reply.code) == (412, "request.stale_version")


def test_of_two_changes_at_one_moment_none_is_lost(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = add_promotion(shop), add_promotion(shop)
    stale = dynamo.get(store.promotions_ref(shop.merchant_id))
    assert update(shop, one, {"name": "A"}).status == 200

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(dynamo, "get", lambda _ref: stale)
        late = update(shop, other, {"name": "B"})

    assert (late.status, late.code) == (409, "request.conflict")
    assert [item["name"] for item in shop.call(list_promotions.handler).json["items"]] == ["A", other["name"]]


def test_what_is_deleted_or_anothers_is_not_found(shop: Shop) -> None:
    deleted, foreign = add_promotion(shop), add_promotion(Shop.open())
    shop.call(delete_promotion.handler, id=deleted["id"])

    for promotion in (deleted, foreign):
        reply = update(shop, promotion, {"name": "A"})
        assert (reply.status, reply.code) == (404, "promotion.not_found")


def test_what_is_no_body_is_refused(shop: Shop) -> None:
    assert_refuses_what_is_no_body(shop, update_promotion.handler, id=add_promotion(shop)["id"])


def test_a_repeat_changes_once(shop: Shop) -> None:
    assert_happens_once(shop, update_promotion.handler, {"name": "A"}, {"name": "B"}, id=add_promotion(shop)["id"])


def test_it_needs_catalog_write(shop: Shop) -> None:
    assert_needs("catalog:write", shop, update_promotion.handler, {"name": "A"}, id=add_promotion(shop)["id"])


def test_the_sample_stops_a_promotion(shop: Shop) -> None:
    reply = send(update_promotion.handler, sample("catalog", "update_promotion", shop, id=add_promotion(shop)["id"]))

    assert (reply.status, reply.json["active"]) == (200, False)
