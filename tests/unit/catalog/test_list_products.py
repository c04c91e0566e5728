"""list_products"""

import base64
import json
from typing import Any

import pytest

from catalog import delete_product, list_products, store, update_product
from pos.errors import NotFound
from tests.support.contract import all_pages, assert_needs
from tests.support.samples import sample
from tests.support.shop import Shop, send
from tests.unit.catalog.products import add_product


def add_five(shop: Shop) -> list[Any]:
    return [add_product(shop, name=f"Kopi {n}", variants=[{"sku": f"K{n}", "price": n}]) for n in range(5)]


def cursor_of(**key: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(key).encode()).decode().rstrip("=")


def test_cursors_lead_through_all_products_once_in_the_order_of_their_last_change(shop: Shop) -> None:
    made = add_five(shop)
    changed = shop.call(update_product.handler, {"name": "Teh"}, id=made[0]["id"]).json

    listed = all_pages(shop, list_products.handler, limit=2)

    expected = [changed, *made[1:]]
    assert listed == sorted(expected, key=lambda product: (product["updated_at"], product["id"]))


@pytest.mark.parametrize("limit", [1, 3, 5, 200])
def test_no_page_size_loses_or_repeats_a_product(shop: Shop, limit: int) -> None:
    made = {product["id"] for product in add_five(shop)}

    listed = [product["id"] for product in all_pages(shop, list_products.handler, limit=limit)]

    assert set(listed) == made
    assert len(listed) == len(made)


def test_only_what_changed_after_a_time_is_listed(shop: Shop) -> None:
    made = sorted(add_five(shop), key=lambda product: (product["updated_at"], product["id"]))
    since = made[2]["updated_at"]
    later = [product for product in made if product["updated_at"] > since]

    assert all_pages(shop, list_products.handler, limit=1, updated_after=since) == later
    other_offset = since.replace("Z", "+00:00")
    assert all_pages(shop, list_products.handler, limit=9, updated_after=other_offset) == later


def test_a_product_is_found_by_sku_or_barcode(shop: Shop) -> None:
    product = add_product(shop)

    for query in ({"sku": "KOPI"}, {"barcode": "8991"}):
        assert shop.call(list_products.handler, query=query).json == {"items": [product], "next_cursor": None}
    for query in ({"sku": "kopi"}, {"barcode": "KOPI"}, {"sku": "8991"}):
        assert shop.call(list_products.handler, query=query).json == {"items": [], "next_cursor": None}


def test_a_product_that_is_deleted_between_two_reads_is_not_found(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    add_product(shop)

    def gone(_merchant_id: str, product_id: str) -> None:
        raise NotFound("product", product_id)

    monkeypatch.setattr(store, "get_product", gone)

    assert shop.call(list_products.handler, query={"sku": "KOPI"}).json["items"] == []


def test_deleted_products_are_listed_on_request(shop: Shop) -> None:
    kept, deleted = add_product(shop), add_product(shop, variants=[{"price": 1}])
    shop.call(delete_product.handler, id=deleted["id"])

    assert all_pages(shop, list_products.handler, limit=1) == [kept]
    listed = all_pages(shop, list_products.handler, limit=1, include_deleted="true")
    assert {(product["id"], product["deleted_at"] is None) for product in listed} == {
        (kept["id"], True),
        (deleted["id"], False),
    }


def test_nobody_elses_products_are_listed_or_found(shop: Shop) -> None:
    add_product(Shop.open())

    assert shop.call(list_products.handler).json["items"] == []
    assert shop.call(list_products.handler, query={"sku": "KOPI"}).json["items"] == []


@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        ("limit", "0"),
        ("limit", "9" * 5000),
        ("sku", ""),
        ("barcode", "a\u0000"),
        ("sku", "x" * 101),
        ("updated_after", "yesterday"),
        ("updated_after", "2026-11-24"),
        ("updated_after", "2026-11-24T09:30:00"),
        ("updated_after", "0001-01-01T00:00:00+14:00"),
        ("include_deleted", "perhaps"),
        ("color", "red"),
    ],
)
def test_a_bad_parameter_is_refused_by_name(shop: Shop, parameter: str, value: str) -> None:
    reply = shop.call(list_products.handler, query={parameter: value})

    assert (reply.status, reply.code, reply.pointers) == (422, "request.invalid", [f"?{parameter}"])


@pytest.mark.parametrize(
    "cursor",
    [
        "?",
        "é",
        "W10",
        "[" * 2000,
        cursor_of(),
        cursor_of(pk="mer_x#prd_x", sk="product"),
        cursor_of(pk=1, sk="product", updated_sk="2026"),
        cursor_of(pk="mer_x#prd_x", sk="product", updated_sk="2026", more="x"),
    ],
)
def test_a_cursor_that_nobody_gave_out_is_refused(shop: Shop, cursor: str) -> None:
    reply = shop.call(list_products.handler, query={"cursor": cursor})

    assert (reply.status, reply.code) == (400, "request.invalid_cursor")


@pytest.mark.parametrize(
    ("name", "value"), [("sk", ""), ("updated_sk", ""), ("updated_sk", "x" * 1025), ("updated_sk", "\ud800")]
)
def test_a_cursor_with_a_key_that_cannot_be_is_refused(shop: Shop, name: str, value: str) -> None:
    key = {"pk": f"{shop.merchant_id}#prd_x", "sk": "product", "updated_sk": "2026", name: value}

    reply = shop.call(list_products.handler, query={"cursor": cursor_of(**key)})

    assert (reply.status, reply.code) == (400, "request.invalid_cursor")


def test_another_merchants_cursor_is_refused(shop: Shop) -> None:
    add_five(shop)
    cursor = shop.call(list_products.handler, query={"limit": "1"}).json["next_cursor"]

    reply = Shop.open().call(list_products.handler, query={"cursor": cursor})

    assert (reply.status, reply.code) == (400, "request.invalid_cursor")


def test_a_cursor_from_before_the_time_that_is_asked_for_is_refused(shop: Shop) -> None:
    add_five(shop)
    cursor = shop.call(list_products.handler, query={"limit": "1"}).json["next_cursor"]

    query = {"cursor": cursor, "updated_after": "2999-01-01T00:00:00Z"}
    reply = shop.call(list_products.handler, query=query)

    assert (reply.status, reply.code) == (400, "request.invalid_cursor")


def test_it_needs_catalog_read(shop: Shop) -> None:
    assert_needs("catalog:read", shop, list_products.handler)


def test_the_sample_lists_products(shop: Shop) -> None:
    product = add_product(shop)

    assert send(list_products.handler, sample("catalog", "list_products", shop)).json["items"] == [product]


def test_products_are_found_by_their_variants_each_once_and_nobody_elses(shop: Shop) -> None:
    made = add_five(shop)
    foreign = add_product(Shop.open())
    deleted = add_product(shop, variants=[{"price": 1}])
    shop.call(delete_product.handler, id=deleted["id"])
    variants = [product["variants"][0]["id"] for product in (made[3], made[1], made[3], foreign, deleted)]

    listed = shop.call(list_products.handler, query={"variant_ids": ",".join(variants)}).json

    assert listed == {"items": [made[3], made[1]], "next_cursor": None}


def test_at_most_fifty_variants_are_looked_up_at_once(shop: Shop) -> None:
    answer = shop.call(list_products.handler, query={"variant_ids": ",".join(f"var_{n:04}" for n in range(51))})

    assert answer.status == 422
