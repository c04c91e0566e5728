"""update_scale_formats"""

from typing import Any

import pytest

from catalog import get_scale_formats, list_products, update_scale_formats
from tests.support.contract import assert_happens_once, assert_needs, assert_refuses_what_is_no_body, events_of
from tests.support.samples import sample
from tests.support.shop import Reply, Shop, send
from tests.unit.catalog.products import add_product

WEIGHT = {"prefix": "20", "kind": "weight", "decimals": 3}


def update(shop: Shop, *formats: Any, **request: Any) -> Reply:
    return shop.call(update_scale_formats.handler, {"formats": formats}, **request)


def test_formats_are_set_with_their_event(shop: Shop) -> None:
    reply = update(shop, WEIGHT)

    assert (reply.status, reply.headers["etag"]) == (200, '"1"')
    assert reply.json["formats"] == [{**WEIGHT, "item_digits": 5, "value_digits": 5}]
    assert shop.call(get_scale_formats.handler).json == reply.json
    [event] = events_of(shop, "scale_formats")
    assert (event["type"], event["data"]) == ("scale_formats.updated", reply.json)
    again = update(shop).json
    assert (again["version"], again["formats"], again["created_at"]) == (2, [], reply.json["created_at"])


def test_a_scales_barcode_finds_its_product_by_the_merchants_formats(shop: Shop) -> None:
    apple = add_product(shop, variants=[{"price": 1, "plu": "12345", "unit": "kg"}])
    found = [shop.call(list_products.handler, query={"barcode": "2112345015002"}).json["items"]]

    update(shop, WEIGHT)

    found.append(shop.call(list_products.handler, query={"barcode": "2112345015002"}).json["items"])
    assert found == [[apple], []]


def test_a_product_that_has_the_whole_barcode_wins(shop: Shop) -> None:
    add_product(shop, variants=[{"price": 1, "plu": "12345"}])
    exact = add_product(shop, variants=[{"price": 1, "barcode": "2112345015003"}])  # no check digit is asked of it

    assert shop.call(list_products.handler, query={"barcode": "2112345015003"}).json["items"] == [exact]


def test_a_wrong_check_digit_is_refused(shop: Shop) -> None:
    reply = shop.call(list_products.handler, query={"barcode": "2112345015003"})

    assert (reply.status, reply.code, reply.pointers) == (422, "barcode.check_digit", ["?barcode"])


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"prefix": "19"}, "/formats/0/prefix"),
        ({"prefix": "2"}, "/formats/0/prefix"),
        ({"kind": "discount"}, "/formats/0/kind"),
        ({"item_digits": 7}, "/formats/0/item_digits"),
        ({"item_digits": 6}, "/formats/0"),
        ({"decimals": 4}, "/formats/0/decimals"),
        ({"decimals": None}, "/formats/0"),
        ({"unit": "lb"}, "/formats/0/unit"),
    ],
)
def test_a_bad_field_is_refused_by_name(shop: Shop, change: Any, pointer: str) -> None:
    reply = update(shop, WEIGHT | change)

    assert (reply.status, reply.code, reply.pointers) == (422, "request.invalid", [pointer])


def test_a_prefix_has_one_format(shop: Shop) -> None:
    reply = update(shop, WEIGHT, {"prefix": "20", "kind": "price"})

    assert (reply.status, reply.code, reply.pointers) == (422, "scale_formats.repeated", ["/formats/1/prefix"])


def test_a_stale_version_is_refused(shop: Shop) -> None:
    update(shop, WEIGHT)

    assert update(shop, headers={"If-Match": '"0"'}).code == "request.stale_version"


def test_what_is_no_body_is_refused(shop: Shop) -> None:
    assert_refuses_what_is_no_body(shop, update_scale_formats.handler)


def test_a_repeat_changes_nothing(shop: Shop) -> None:
    assert_happens_once(shop, update_scale_formats.handler, {"formats": [WEIGHT]}, {"formats": []})


def test_it_needs_catalog_write(shop: Shop) -> None:
    assert_needs("catalog:write", shop, update_scale_formats.handler, {"formats": []})


def test_the_sample_sets_formats(shop: Shop) -> None:
    reply = send(update_scale_formats.handler, sample("catalog", "update_scale_formats", shop))

    assert (reply.status, [one["prefix"] for one in reply.json["formats"]]) == (200, ["20", "28"])
