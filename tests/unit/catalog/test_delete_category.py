"""delete_category"""

import pytest

from catalog import create_product, delete_category, delete_product, get_category, store, update_product
from tests.support.contract import assert_needs, events_of
from tests.support.samples import sample
from tests.support.shop import Shop, send
from tests.unit.catalog.categories import add_category, add_chain
from tests.unit.catalog.products import add_product, new_product


def test_a_tombstone_stays_with_its_event(shop: Shop) -> None:
    category = add_category(shop)

    reply = shop.call(delete_category.handler, id=category["id"])

    assert (reply.status, reply.json["version"]) == (200, 2)
    assert reply.json["deleted_at"] == reply.json["updated_at"]
    event = events_of(shop, category["id"])[-1]
    assert (event["type"], event["data"]) == ("category.deleted", reply.json)
    assert shop.call(get_category.handler, id=category["id"]).code == "category.not_found"
    assert shop.call(delete_category.handler, id=category["id"]).code == "category.not_found"


def test_one_that_has_categories_in_it_is_refused_until_they_are_gone(shop: Shop) -> None:
    top, bottom = add_chain(shop, 2)

    refused = shop.call(delete_category.handler, id=top["id"])

    assert (refused.status, refused.code) == (409, "category.not_empty")
    assert shop.call(delete_category.handler, id=bottom["id"]).status == 200
    assert shop.call(delete_category.handler, id=top["id"]).status == 200


def test_one_that_has_products_in_it_is_refused_until_they_are_moved_or_deleted(shop: Shop) -> None:
    category, other = add_category(shop), add_category(shop)
    moved = add_product(shop, category_id=category["id"])
    deleted = add_product(shop, category_id=category["id"], variants=[{"price": 1}])

    assert shop.call(update_product.handler, {"name": "Renamed"}, id=moved["id"]).status == 200
    shop.call(update_product.handler, {"category_id": other["id"]}, id=moved["id"])
    assert shop.call(delete_category.handler, id=category["id"]).code == "category.not_empty"
    shop.call(delete_product.handler, id=deleted["id"])
    assert shop.call(delete_category.handler, id=category["id"]).status == 200
    assert shop.call(delete_category.handler, id=other["id"]).code == "category.not_empty"


def test_a_product_refused_or_repeated_is_not_counted(shop: Shop) -> None:
    category = add_category(shop)
    add_product(shop, category_id=None)
    body = new_product(category_id=category["id"])  # its sku is taken
    assert shop.call(create_product.handler, body).code == "variant.sku_taken"
    body = {**body, "variants": [{"price": 1}]}
    product = shop.call(create_product.handler, body, headers={"Idempotency-Key": "k"}).json
    shop.call(create_product.handler, body, headers={"Idempotency-Key": "k"})

    shop.call(delete_product.handler, id=product["id"])

    assert shop.call(delete_category.handler, id=category["id"]).status == 200


def test_a_product_that_is_added_at_the_same_moment_is_refused_or_refuses(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    category = add_category(shop)
    real = store.delete_category

    def meanwhile(*args: object) -> object:
        add_product(shop, category_id=category["id"])
        return real(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(store, "delete_category", meanwhile)

    assert shop.call(delete_category.handler, id=category["id"]).code == "category.not_empty"


def test_a_stale_version_is_refused(shop: Shop) -> None:
    reply = shop.call(delete_category.handler, id=add_category(shop)["id"], headers={"If-Match": "2"})

    assert (reply.status, reply.code) == (412, "request.stale_version")


def test_a_repeat_is_answered_as_the_first_time(shop: Shop) -> None:
    category, key = add_category(shop), {"Idempotency-Key": "k"}
    first = shop.call(delete_category.handler, id=category["id"], headers=key)

    again = shop.call(delete_category.handler, id=category["id"], headers=key)
    other = shop.call(delete_category.handler, id=add_category(shop)["id"], headers=key)

    assert (again.status, again.text, again.headers["idempotent-replayed"]) == (200, first.text, "true")
    assert (other.status, other.code) == (422, "idempotency.mismatch")
    assert len(events_of(shop, category["id"])) == 2


def test_another_merchants_category_is_not_there(shop: Shop) -> None:
    other = Shop.open()
    category = add_category(other)

    assert shop.call(delete_category.handler, id=category["id"]).code == "category.not_found"
    assert other.call(get_category.handler, id=category["id"]).status == 200


def test_it_needs_catalog_write(shop: Shop) -> None:
    assert_needs("catalog:write", shop, delete_category.handler, id=add_category(shop)["id"])


def test_the_sample_deletes_a_category(shop: Shop) -> None:
    category = add_category(shop)

    reply = send(delete_category.handler, sample("catalog", "delete_category", shop, id=category["id"]))

    assert (reply.status, reply.json["deleted_at"] is None) == (200, False)
