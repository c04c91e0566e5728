"""create_product"""

import json
import random
from typing import Any

import pytest

from catalog import create_product, get_product, list_products
from tests.support.contract import assert_happens_once, assert_needs, assert_refuses_what_is_no_body, events_of
from tests.support.samples import sample
from tests.support.shop import Shop, send
from tests.unit.catalog.categories import add_category
from tests.unit.catalog.products import add_product, add_tax, new_product

FULL = {
    "name": "Kopi",
    "variants": [
        {"sku": "KOPI-S", "barcode": "8991", "name": "Kecil", "price": 15000, "track_stock": True},
        {"sku": "KOPI-L", "name": "Besar", "price": 20000, "track_stock": False, "stock_policy": "block"},
        {"price": 0},
    ],
    "modifier_groups": [
        {
            "id": "extra",
            "name": "Tambahan",
            "min": 0,
            "max": 2,
            "modifiers": [{"id": "shot", "name": "E", "price": 5, "components": []}],
        }
    ],
    "external_ids": {"erp": "P-1"},
}


def products(shop: Shop) -> list[Any]:
    items: list[Any] = shop.call(list_products.handler).json["items"]
    return items


def test_a_product_is_added_with_its_event(shop: Shop) -> None:
    tax = add_tax(shop)

    reply = shop.call(create_product.handler, {**FULL, "tax_ids": [tax["id"]]})

    product = reply.json
    assert (reply.status, reply.headers["etag"], product["tax_ids"]) == (201, '"1"', [tax["id"]])
    assert [variant["name"] for variant in product["variants"]] == ["Kecil", "Besar", None]
    assert all(variant["id"].startswith("var_") for variant in product["variants"])
    assert product["modifier_groups"] == FULL["modifier_groups"]
    [event] = events_of(shop, product["id"])
    assert event["type"] == "product.created"
    assert event["entity"] == {"type": "product", "id": product["id"], "version": 1}
    assert event["data"] == product == shop.call(get_product.handler, id=product["id"]).json


def test_names_are_kept_in_any_script(shop: Shop) -> None:
    name = "قهوه‌خانه ☕ 東京　本店 👨‍👩‍👧"

    assert add_product(shop, name=f"  {name} ")["name"] == name


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"name": "Kopi\u0007"}, "/name"),
        ({"name": "x" * 201}, "/name"),
        ({"name": ["Kopi"]}, "/name"),
        ({"variants": []}, "/variants"),
        ({"variants": [{"price": n} for n in range(26)]}, "/variants"),
        ({"variants": [{"price": 1}, {}]}, "/variants/1/price"),
        ({"variants": [{"price": 15000.0}]}, "/variants/0/price"),
        ({"variants": [{"price": 0.5}]}, "/variants/0/price"),
        ({"variants": [{"price": "15000"}]}, "/variants/0/price"),
        ({"variants": [{"price": -1}]}, "/variants/0/price"),
        ({"variants": [{"price": 2**53}]}, "/variants/0/price"),
        ({"variants": [{"price": True}]}, "/variants/0/price"),
        ({"variants": [{"price": None}]}, "/variants/0/price"),
        ({"variants": [{"price": 1, "sku": ""}]}, "/variants/0/sku"),
        ({"variants": [{"price": 1, "sku": "a\u0000"}]}, "/variants/0/sku"),
        ({"variants": [{"price": 1, "sku": "x" * 101}]}, "/variants/0/sku"),
        ({"variants": [{"price": 1, "barcode": 8991}]}, "/variants/0/barcode"),
        ({"variants": [{"price": 1, "stock_policy": "no"}]}, "/variants/0/stock_policy"),
        ({"tax_ids": "tax_11"}, "/tax_ids"),
        ({"external_ids": {"ERP 1": "x"}}, "/external_ids/ERP 1"),
        ({"external_ids": {"erp": ""}}, "/external_ids/erp"),
        ({"external_ids": {f"s{n}": "x" for n in range(11)}}, "/external_ids"),
        ({"modifier_groups": [{"id": "a", "name": "A", "modifiers": []}]}, "/modifier_groups/0/modifiers"),
        (
            {"modifier_groups": [{"id": "a", "name": "A", "min": 2, "modifiers": [{"id": "b", "name": "B"}]}]},
            "/modifier_groups/0",
        ),
        ({"deleted_at": None}, "/deleted_at"),
    ],
)
def test_a_bad_field_is_refused_by_name(shop: Shop, change: dict[str, Any], pointer: str) -> None:
    reply = shop.call(create_product.handler, new_product(**change))

    assert (reply.status, reply.code, reply.pointers) == (422, "request.invalid", [pointer])
    assert products(shop) == []


def test_all_that_is_wrong_is_named_at_once(shop: Shop) -> None:
    reply = shop.call(create_product.handler, {"variants": [{"price": "1", "sku": ""}], "x/y~z": 1})

    assert reply.pointers == ["/name", "/variants/0/sku", "/variants/0/price", "/x~1y~0z"]


@pytest.mark.parametrize("field", ["sku", "barcode"])
def test_two_variants_of_a_product_never_share_a_code(shop: Shop, field: str) -> None:
    variants = [{"price": 1, field: "A"}, {"price": 2, field: "B"}, {"price": 3, field: " A "}]

    reply = shop.call(create_product.handler, {"name": "Teh", "variants": variants})

    assert (reply.status, reply.code) == (422, f"variant.{field}_taken")
    assert reply.pointers == [f"/variants/2/{field}"]


@pytest.mark.parametrize("field", ["sku", "barcode"])
def test_two_products_never_share_a_code(shop: Shop, field: str) -> None:
    first = add_product(shop, variants=[{"price": 1, field: "A"}])

    reply = shop.call(create_product.handler, new_product(variants=[{"price": 1}, {"price": 2, field: "A"}]))

    assert (reply.status, reply.code) == (422, f"variant.{field}_taken")
    assert reply.pointers == [f"/variants/1/{field}"]
    assert products(shop) == [first]


def test_a_sku_may_look_like_another_products_barcode(shop: Shop) -> None:
    add_product(shop, variants=[{"price": 1, "sku": "8991"}])
    add_product(shop, variants=[{"price": 1, "barcode": "8991"}])

    assert len(products(shop)) == 2


def test_another_merchants_product_may_have_the_same_codes(shop: Shop) -> None:
    add_product(Shop.open())

    add_product(shop)


def test_a_tax_must_be_the_merchants_own(shop: Shop) -> None:
    foreign = add_tax(Shop.open())

    reply = shop.call(create_product.handler, new_product(tax_ids=[foreign["id"]]))

    assert (reply.status, reply.code, reply.pointers) == (422, "tax.unknown", ["/tax_ids/0"])


def test_a_tax_is_named_once(shop: Shop) -> None:
    tax = add_tax(shop)["id"]

    reply = shop.call(create_product.handler, new_product(tax_ids=[tax, tax]))

    assert (reply.status, reply.code, reply.pointers) == (422, "tax.repeated", ["/tax_ids/1"])


def test_a_new_product_has_no_variant_yet_that_could_be_named(shop: Shop) -> None:
    reply = shop.call(create_product.handler, new_product(variants=[{"id": "var_mine", "price": 1}]))

    assert (reply.status, reply.code, reply.pointers) == (422, "variant.unknown", ["/variants/0/id"])


def test_modifiers_have_ids_of_their_own(shop: Shop) -> None:
    shot, milk = {"id": "shot", "name": "Espresso"}, {"id": "milk", "name": "Susu"}
    one, two = ({"id": id, "name": id, "modifiers": [modifier]} for id, modifier in (("a", shot), ("b", milk)))

    for groups, pointer in (
        ([one, {**two, "id": "a"}], "/modifier_groups/1/id"),
        ([one, {**two, "modifiers": [milk, shot]}], "/modifier_groups/1/modifiers/1/id"),
    ):
        reply = shop.call(create_product.handler, new_product(modifier_groups=groups))
        assert (reply.status, reply.code, reply.pointers) == (422, "modifier.repeated", [pointer])
    assert add_product(shop, modifier_groups=[one, two])["modifier_groups"][1]["modifiers"][0]["name"] == "Susu"


def test_the_largest_product_fits_one_transaction(shop: Shop) -> None:
    variants = [{"sku": f"S{n}", "barcode": f"B{n}", "price": n} for n in range(25)]

    reply = shop.call(create_product.handler, {"name": "Kaos", "variants": variants}, headers={"Idempotency-Key": "k"})

    assert reply.status == 201


def test_a_product_that_no_item_can_hold_is_refused(shop: Shop) -> None:
    letters = [chr(code) for code in range(0x4E00, 0x9000)]
    text = random.Random(1)
    groups = [
        {
            "id": f"g{g}",
            "name": "G",
            "modifiers": [
                {"id": f"{g}-{m}", "name": "".join(text.choices(letters, k=200)), "price": 0} for m in range(50)
            ],
        }
        for g in range(20)
    ]
    body = json.dumps(new_product(modifier_groups=groups), ensure_ascii=False)
    assert len(body.encode()) < 1_000_000

    reply = shop.call(create_product.handler, body)

    assert (reply.status, reply.code) == (413, "request.too_large")


def test_what_is_no_body_is_refused(shop: Shop) -> None:
    assert_refuses_what_is_no_body(shop, create_product.handler)


def test_a_repeat_adds_no_second_product(shop: Shop) -> None:
    assert_happens_once(shop, create_product.handler, new_product(), new_product(name="Teh"))
    assert len(products(shop)) == 1


def test_a_refused_request_leaves_its_key_free(shop: Shop) -> None:
    headers = {"Idempotency-Key": "k"}
    assert shop.call(create_product.handler, new_product(tax_ids=["tax_none"]), headers=headers).status == 422

    assert shop.call(create_product.handler, new_product(), headers=headers).status == 201


def test_it_needs_catalog_write(shop: Shop) -> None:
    assert_needs("catalog:write", shop, create_product.handler, new_product())


def test_the_sample_adds_a_product(shop: Shop) -> None:
    reply = send(create_product.handler, sample("catalog", "create_product", shop))

    assert (reply.status, [variant["sku"] for variant in reply.json["variants"]]) == (201, ["KOPI-S", "KOPI-L"])


def test_a_category_must_be_the_merchants_own(shop: Shop) -> None:
    for id in (add_category(Shop.open())["id"], "cat_none"):
        reply = shop.call(create_product.handler, new_product(category_id=id))
        assert (reply.status, reply.code, reply.pointers) == (422, "category.unknown", ["/category_id"])
    assert products(shop) == []


def test_a_product_may_be_in_a_category(shop: Shop) -> None:
    category = add_category(shop)

    assert add_product(shop, category_id=category["id"])["category_id"] == category["id"]
