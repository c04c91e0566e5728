"""update_product"""

from typing import Any

import pytest

from catalog import get_product, list_products, store, update_product
from catalog.models import Product
from tests.support.contract import assert_happens_once, assert_needs, assert_refuses_what_is_no_body, events_of
from tests.support.samples import sample
from tests.support.shop import Reply, Shop, send
from tests.unit.catalog.products import add_product, add_tax


def update(shop: Shop, product: Any, change: Any, **request: Any) -> Reply:
    return shop.call(update_product.handler, change, id=product["id"], **request)


def found_by(shop: Shop, **query: str) -> list[str]:
    return [product["id"] for product in shop.call(list_products.handler, query=query).json["items"]]


def test_what_is_left_out_stays(shop: Shop) -> None:
    before = add_product(shop, external_ids={"erp": "1"})

    reply = update(shop, before, {"name": "Kopi Hitam"})

    assert (reply.status, reply.headers["etag"]) == (200, '"2"')
    changed = {"name": "Kopi Hitam", "version": 2, "updated_at": reply.json["updated_at"]}
    assert reply.json == before | changed == shop.call(get_product.handler, id=before["id"]).json


def test_a_change_has_its_event(shop: Shop) -> None:
    product = update(shop, add_product(shop), {"external_ids": {}}).json

    event = events_of(shop, product["id"])[-1]
    assert event["type"] == "product.updated"
    assert event["entity"] == {"type": "product", "id": product["id"], "version": 2}
    assert event["data"] == product


def test_variants_named_by_id_keep_it_and_the_others_are_retired(shop: Shop) -> None:
    product = add_product(shop, variants=[{"sku": "S", "price": 1}, {"sku": "L", "price": 2}])
    small = product["variants"][0]

    changed = update(
        shop, product, {"variants": [{"id": small["id"], "sku": "S", "price": 3}, {"sku": "XL", "price": 4}]}
    )

    kept, added = changed.json["variants"]
    assert (kept["id"], kept["price"]) == (small["id"], 3)
    assert added["id"] not in {variant["id"] for variant in product["variants"]}
    assert found_by(shop, sku="L") == []
    assert found_by(shop, sku="XL") == [product["id"]]


def test_variants_may_swap_their_skus(shop: Shop) -> None:
    product = add_product(shop, variants=[{"sku": "S", "price": 1}, {"sku": "L", "price": 2}])
    small, large = product["variants"]

    reply = update(shop, product, {"variants": [{**small, "sku": "L"}, {**large, "sku": "S"}]})

    assert [variant["sku"] for variant in reply.json["variants"]] == ["L", "S"]
    assert found_by(shop, sku="S") == [product["id"]]


def test_new_variants_may_take_over_the_skus_of_those_they_replace(shop: Shop) -> None:
    product = add_product(shop)

    reply = update(shop, product, {"variants": [{"sku": "KOPI", "barcode": "8991", "price": 16000}]})

    assert reply.status == 200
    assert reply.json["variants"][0]["id"] != product["variants"][0]["id"]


def test_the_sku_of_a_retired_variant_is_free(shop: Shop) -> None:
    product = add_product(shop, variants=[{"sku": "S", "price": 1}, {"sku": "L", "price": 2}])
    update(shop, product, {"variants": product["variants"][1:]})

    other = add_product(shop, name="Teh", variants=[{"sku": "S", "price": 1}])

    assert found_by(shop, sku="S") == [other["id"]]


@pytest.mark.parametrize("field", ["sku", "barcode"])
def test_another_products_code_is_refused(shop: Shop, field: str) -> None:
    add_product(shop, variants=[{"price": 1, field: "A"}])
    product = add_product(shop, variants=[{"price": 1, field: "B"}])

    reply = update(shop, product, {"variants": [{**product["variants"][0], field: "A"}]})

    assert (reply.status, reply.code) == (422, f"variant.{field}_taken")
    assert reply.pointers == [f"/variants/0/{field}"]
    assert shop.call(get_product.handler, id=product["id"]).json == product


@pytest.mark.parametrize(
    ("change", "code", "pointer"),
    [
        ({"name": ""}, "request.invalid", "/name"),
        ({"name": None}, "request.invalid", "/name"),
        ({"variants": []}, "request.invalid", "/variants"),
        ({"variants": [{"price": 1.5}]}, "request.invalid", "/variants/0/price"),
        ({"variants": [{"id": "var_other", "price": 1}]}, "variant.unknown", "/variants/0/id"),
        ({"variants": [{"price": 1, "sku": "A"}, {"price": 1, "sku": "A"}]}, "variant.sku_taken", "/variants/1/sku"),
        ({"tax_ids": ["tax_none"]}, "tax.unknown", "/tax_ids/0"),
        ({"version": 9}, "request.invalid", "/version"),
    ],
)
def test_a_bad_field_is_refused_by_name(shop: Shop, change: Any, code: str, pointer: str) -> None:
    product = add_product(shop)

    reply = update(shop, product, change)

    assert (reply.status, reply.code, reply.pointers) == (422, code, [pointer])
    assert shop.call(get_product.handler, id=product["id"]).json == product


def test_a_variant_is_named_once(shop: Shop) -> None:
    product = add_product(shop)
    variant = {"id": product["variants"][0]["id"], "price": 1}

    reply = update(shop, product, {"variants": [variant, variant]})

    assert (reply.status, reply.code, reply.pointers) == (422, "variant.id_taken", ["/variants/1/id"])


def test_taxes_may_change(shop: Shop) -> None:
    product, tax = add_product(shop), add_tax(shop)

    assert update(shop, product, {"tax_ids": [tax["id"]]}).json["tax_ids"] == [tax["id"]]
    assert update(shop, product, {"tax_ids": []}).json["tax_ids"] == []


def test_too_many_changes_at_once_are_refused(shop: Shop) -> None:
    product = add_product(shop, variants=[{"sku": f"S{n}", "barcode": f"B{n}", "price": n} for n in range(25)])

    reply = update(shop, product, {"variants": [{"sku": f"T{n}", "price": n} for n in range(25)]})

    assert (reply.status, reply.code, reply.pointers) == (422, "product.too_many_changes", ["/variants"])


@pytest.mark.parametrize("if_match", ['"1"', "1", 'W/"1"'])
def test_a_stale_version_is_refused(shop: Shop, if_match: str) -> None:
    product = add_product(shop)
    assert update(shop, product, {"name": "A"}, headers={"If-Match": if_match}).status == 200

    stale = update(shop, product, {"name": "B"}, headers={"If-Match": if_match})

    assert (stale.status, stale.code) == (412, "request.stale_version")
    assert shop.call(get_product.handler, id=product["id"]).json["name"] == "A"


@pytest.mark.parametrize(("headers", "status"), [({"If-Match": "1"}, 412), ({}, 409)])
def test_of_two_changes_at_one_moment_one_wins(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, headers: dict[str, str], status: int
) -> None:
    product = add_product(shop)
    stale = store.get_product(shop.merchant_id, product["id"])

    def read_before_the_other_wrote(_merchant_id: str, _product_id: str) -> Product:
        return stale

    winner = update(shop, product, {"name": "A", "variants": [{"sku": "A", "price": 1}]}).json
    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(store, "get_product", read_before_the_other_wrote)
        loser = update(shop, product, {"name": "B", "variants": [{"sku": "B", "price": 1}]}, headers=headers)

    assert (loser.status, loser.code) == (status, {412: "request.stale_version", 409: "request.conflict"}[status])
    assert shop.call(get_product.handler, id=product["id"]).json == winner
    assert found_by(shop, sku="B") == []
    assert len(events_of(shop, product["id"])) == 2


def test_another_merchants_product_is_not_there(shop: Shop) -> None:
    other = Shop.open()
    product = add_product(other)

    reply = update(shop, product, {"name": "Mine"})

    assert (reply.status, reply.code) == (404, "product.not_found")
    assert other.call(get_product.handler, id=product["id"]).json == product


def test_what_is_no_body_is_refused(shop: Shop) -> None:
    assert_refuses_what_is_no_body(shop, update_product.handler, id=add_product(shop)["id"])


def test_a_repeat_changes_nothing(shop: Shop) -> None:
    id = add_product(shop)["id"]
    assert_happens_once(shop, update_product.handler, {"name": "A"}, {"name": "B"}, id=id)


def test_the_key_of_another_products_change_is_refused(shop: Shop) -> None:
    first, second = add_product(shop), add_product(shop, variants=[{"price": 1}])
    update(shop, first, {"name": "A"}, headers={"Idempotency-Key": "k"})

    reply = update(shop, second, {"name": "A"}, headers={"Idempotency-Key": "k"})

    assert (reply.status, reply.code) == (422, "idempotency.mismatch")


def test_it_needs_catalog_write(shop: Shop) -> None:
    assert_needs("catalog:write", shop, update_product.handler, {"name": "A"}, id=add_product(shop)["id"])


def test_the_sample_changes_a_product(shop: Shop) -> None:
    product = add_product(shop)

    reply = send(update_product.handler, sample("catalog", "update_product", shop, id=product["id"]))

    assert (reply.status, reply.json["name"], reply.json["version"]) == (200, "Kopi Susu Gula Aren", 2)
