"""delete_product"""

from catalog import delete_product, get_product, list_products, update_product
from tests.support.contract import assert_needs, events_of
from tests.support.samples import sample
from tests.support.shop import Shop, send
from tests.unit.catalog.products import add_product


def test_a_tombstone_stays_with_its_event(shop: Shop) -> None:
    product = add_product(shop)

    reply = shop.call(delete_product.handler, id=product["id"])

    tombstone = reply.json
    assert (reply.status, reply.headers["etag"], tombstone["version"]) == (200, '"2"', 2)
    assert tombstone["deleted_at"] == tombstone["updated_at"]
    event = events_of(shop, product["id"])[-1]
    assert (event["type"], event["data"]) == ("product.deleted", tombstone)
    assert shop.call(list_products.handler, query={"include_deleted": "true"}).json["items"] == [tombstone]
    assert shop.call(list_products.handler).json["items"] == []


def test_its_skus_and_barcodes_are_free_again(shop: Shop) -> None:
    product = add_product(shop)
    shop.call(delete_product.handler, id=product["id"])

    assert shop.call(list_products.handler, query={"sku": "KOPI"}).json["items"] == []
    heir = add_product(shop)
    assert shop.call(list_products.handler, query={"barcode": "8991"}).json["items"] == [heir]


def test_what_is_deleted_cannot_be_changed_or_deleted(shop: Shop) -> None:
    product = add_product(shop)
    shop.call(delete_product.handler, id=product["id"])

    assert shop.call(delete_product.handler, id=product["id"]).code == "product.not_found"
    assert shop.call(update_product.handler, {"name": "A"}, id=product["id"]).code == "product.not_found"
    assert len(events_of(shop, product["id"])) == 2


def test_a_stale_version_is_refused(shop: Shop) -> None:
    product = add_product(shop)
    shop.call(update_product.handler, {"name": "A"}, id=product["id"])

    reply = shop.call(delete_product.handler, id=product["id"], headers={"If-Match": '"1"'})

    assert (reply.status, reply.code) == (412, "request.stale_version")
    assert shop.call(get_product.handler, id=product["id"]).status == 200


def test_another_merchants_product_is_not_there(shop: Shop) -> None:
    other = Shop.open()
    product = add_product(other)

    assert shop.call(delete_product.handler, id=product["id"]).code == "product.not_found"
    assert other.call(get_product.handler, id=product["id"]).status == 200


def test_a_repeat_under_its_key_answers_the_tombstone_again(shop: Shop) -> None:
    product, headers = add_product(shop), {"Idempotency-Key": "k", "If-Match": "1"}
    first = shop.call(delete_product.handler, id=product["id"], headers=headers)

    again = shop.call(delete_product.handler, id=product["id"], headers=headers)

    assert (again.status, again.text, again.headers["idempotent-replayed"]) == (200, first.text, "true")


def test_a_product_with_the_most_variants_can_be_deleted(shop: Shop) -> None:
    product = add_product(shop, variants=[{"sku": f"S{n}", "barcode": f"B{n}", "price": n} for n in range(25)])

    reply = shop.call(delete_product.handler, id=product["id"], headers={"Idempotency-Key": "k"})

    assert reply.status == 200


def test_it_needs_catalog_write(shop: Shop) -> None:
    assert_needs("catalog:write", shop, delete_product.handler, id=add_product(shop)["id"])


def test_the_sample_deletes_a_product(shop: Shop) -> None:
    product = add_product(shop)

    reply = send(delete_product.handler, sample("catalog", "delete_product", shop, id=product["id"]))

    assert (reply.status, reply.json["id"]) == (200, product["id"])
