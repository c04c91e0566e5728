"""What a variant can be: options, prices by location, units, scale numbers, bundles."""

from typing import Any

import pytest

from catalog import create_product, delete_product, get_product, update_product
from staff import create_location
from tests.support.shop import Reply, Shop
from tests.unit.catalog.products import add_product, new_product


def create(shop: Shop, **variant: Any) -> Reply:
    return shop.call(create_product.handler, new_product(variants=[{"price": 1, **variant}]))


def part(shop: Shop, **variant: Any) -> str:
    return str(add_product(shop, variants=[{"price": 1, **variant}])["variants"][0]["id"])


def test_everything_about_a_variant_is_kept(shop: Shop) -> None:
    variant = {
        "sku": "APEL-L",
        "plu": "4011",
        "options": {"size": "L", "color": "red"},
        "price": 40_000,
        "prices": {shop.location_id: 42_000},
        "cost": 30_000,
        "unit": "kg",
        "weighed": True,
    }

    product = add_product(shop, variants=[variant], image_urls=["https://img.example.com/apel.png?w=1"])

    assert variant.items() <= product["variants"][0].items()
    assert product["image_urls"] == ["https://img.example.com/apel.png?w=1"]
    assert shop.call(get_product.handler, id=product["id"]).json == product


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"options": {"size": ""}}, "/options/size"),
        ({"options": {"": "L"}}, "/options/"),
        ({"options": {f"o{n}": "L" for n in range(6)}}, "/options"),
        ({"cost": -1}, "/cost"),
        ({"cost": 1.5}, "/cost"),
        ({"prices": {"loc_1234": 1.5}}, "/prices/loc_1234"),
        ({"prices": {"Jakarta": 1}}, "/prices/Jakarta"),
        ({"unit": "stone"}, "/unit"),
        ({"weighed": "yes"}, "/weighed"),
        ({"plu": "0"}, "/plu"),
        ({"plu": "1234567"}, "/plu"),
        ({"plu": "A1"}, "/plu"),
        ({"components": [{"variant_id": "var_1234", "quantity": "0"}]}, "/components/0/quantity"),
        ({"components": [{"variant_id": "var_1234"}]}, "/components/0/quantity"),
    ],
)
def test_a_bad_field_is_refused_by_name(shop: Shop, change: Any, pointer: str) -> None:
    reply = create(shop, **change)

    assert (reply.status, reply.code, reply.pointers) == (422, "request.invalid", [f"/variants/0{pointer}"])


@pytest.mark.parametrize("url", ["http://a.example/b", "https://", "https:///x", "https://a b", "javascript:alert(1)"])
def test_an_image_is_referred_to_by_https(shop: Shop, url: str) -> None:
    reply = shop.call(create_product.handler, new_product(image_urls=[url]))

    assert (reply.status, reply.pointers) == (422, ["/image_urls/0"])


def test_a_price_is_for_a_location_of_the_merchant(shop: Shop) -> None:
    kiosk = shop.call(create_location.handler, {"name": "Kiosk"}).json["id"]
    foreign = Shop.open().location_id
    assert create(shop, prices={shop.location_id: 2, kiosk: 3}).status == 201

    reply = create(shop, prices={kiosk: 3, foreign: 2})

    assert (reply.status, reply.code) == (422, "location.unknown")
    assert reply.pointers == [f"/variants/0/prices/{foreign}"]


def test_a_product_begins_before_it_ends(shop: Shop) -> None:
    product = add_product(shop, active_from="2026-12-01T00:00:00+07:00")
    assert product["active_from"] == "2026-11-30T17:00:00.000Z"

    reply = shop.call(update_product.handler, {"active_until": "2026-11-30T17:00:00Z"}, id=product["id"])

    assert (reply.status, reply.code, reply.pointers) == (422, "product.period_invalid", ["/active_until"])


def test_a_scale_number_is_one_variants_only_however_it_is_padded(shop: Shop) -> None:
    first = add_product(shop, variants=[{"price": 1, "plu": "0042"}])
    assert first["variants"][0]["plu"] == "42"

    reply = create(shop, plu="00042")

    assert (reply.status, reply.code, reply.pointers) == (422, "variant.plu_taken", ["/variants/0/plu"])
    shop.call(delete_product.handler, id=first["id"])
    assert create(shop, plu="42").status == 201


def test_a_modifier_may_make_a_thing_cheaper(shop: Shop) -> None:
    group = {"id": "without", "name": "Without", "modifiers": [{"id": "ice", "name": "No ice", "price": -500}]}

    assert add_product(shop, modifier_groups=[group])["modifier_groups"][0]["modifiers"][0]["price"] == -500


def test_a_bundle_is_made_of_other_variants(shop: Shop) -> None:
    components = [{"variant_id": part(shop), "quantity": "2"}, {"variant_id": part(shop), "quantity": "0.25"}]

    reply = create(shop, components=components)

    assert (reply.status, reply.json["variants"][0]["components"]) == (201, components)


def test_a_component_is_a_tracked_variant_of_the_merchant_named_once(shop: Shop) -> None:
    plain, untracked, foreign = part(shop), part(shop, track_stock=False), part(Shop.open())
    bundle = part(shop, components=[{"variant_id": plain, "quantity": "1"}])
    one = {"variant_id": plain, "quantity": "1"}

    for wrong, code in (
        ("var_none", "variant.unknown"),
        (foreign, "variant.unknown"),
        (bundle, "bundle.nested"),
        (untracked, "bundle.not_tracked"),
        (plain, "bundle.repeated"),
    ):
        reply = create(shop, components=[one, {"variant_id": wrong, "quantity": "1"}])
        assert (reply.status, reply.code, reply.pointers) == (422, code, ["/variants/0/components/1/variant_id"])


@pytest.mark.parametrize("fraction", [{"weighed": True}, {"unit": "kg"}])
def test_a_bundle_is_sold_whole(shop: Shop, fraction: Any) -> None:
    reply = create(shop, components=[{"variant_id": part(shop), "quantity": "1"}], **fraction)

    assert (reply.status, reply.code, reply.pointers) == (422, "bundle.not_whole", ["/variants/0/unit"])


def test_a_component_of_others_never_becomes_a_bundle(shop: Shop) -> None:
    other = part(shop)
    product = add_product(
        shop, variants=[{"price": 1}, {"price": 1, "components": [{"variant_id": other, "quantity": "1"}]}]
    )
    plain, bundle = product["variants"]

    for variants, position in (
        ([{**plain, "components": bundle["components"]}], 0),
        ([plain, {**bundle, "components": []}], 1),
    ):
        reply = shop.call(update_product.handler, {"variants": variants}, id=product["id"])
        assert (reply.status, reply.code) == (422, "bundle.fixed")
        assert reply.pointers == [f"/variants/{position}/components"]


def test_the_parts_of_a_bundle_may_change(shop: Shop) -> None:
    one, two = part(shop), part(shop)
    product = add_product(shop, variants=[{"price": 1, "components": [{"variant_id": one, "quantity": "1"}]}])
    changed = {**product["variants"][0], "components": [{"variant_id": two, "quantity": "3"}]}

    reply = shop.call(update_product.handler, {"variants": [changed]}, id=product["id"])

    assert (reply.status, reply.json["variants"]) == (200, [changed])
