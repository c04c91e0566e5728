"""get_product"""

import pytest

from catalog import delete_product, get_product
from tests.support.contract import assert_needs
from tests.support.samples import sample
from tests.support.shop import Shop, send
from tests.unit.catalog.products import add_product


def test_it_answers_the_product_with_its_version(shop: Shop) -> None:
    product = add_product(shop)

    reply = shop.call(get_product.handler, id=product["id"])

    assert (reply.status, reply.json, reply.headers["etag"]) == (200, product, '"1"')


@pytest.mark.parametrize("id", ["prd_none", "", "sku#KOPI", "é", "x" * 100])
def test_there_is_no_product_of_that_id(shop: Shop, id: str) -> None:
    add_product(shop)

    reply = shop.call(get_product.handler, id=id)

    assert (reply.status, reply.code) == (404, "product.not_found")


def test_an_endless_id_is_nobodys(shop: Shop) -> None:
    reply = shop.call(get_product.handler, id="x" * 3000)

    assert (reply.status, reply.code) == (404, "request.not_found")


def test_another_merchants_product_is_not_there(shop: Shop) -> None:
    product = add_product(Shop.open())

    reply = shop.call(get_product.handler, id=product["id"])

    assert (reply.status, reply.code) == (404, "product.not_found")


def test_a_deleted_product_is_not_there(shop: Shop) -> None:
    product = add_product(shop)
    shop.call(delete_product.handler, id=product["id"])

    assert shop.call(get_product.handler, id=product["id"]).status == 404


def test_it_needs_catalog_read(shop: Shop) -> None:
    assert_needs("catalog:read", shop, get_product.handler, id=add_product(shop)["id"])


def test_the_sample_reads_a_product(shop: Shop) -> None:
    product = add_product(shop)

    assert send(get_product.handler, sample("catalog", "get_product", shop, id=product["id"])).json == product
