"""get_category"""

from catalog import get_category
from tests.support.contract import assert_needs
from tests.support.samples import sample
from tests.support.shop import Shop, send
from tests.unit.catalog.categories import add_category


def test_a_category_is_answered_with_its_version(shop: Shop) -> None:
    category = add_category(shop)

    reply = shop.call(get_category.handler, id=category["id"])

    assert (reply.status, reply.headers["etag"], reply.json) == (200, '"1"', category)


def test_what_is_not_there_or_anothers_is_not_found(shop: Shop) -> None:
    for id in ("cat_none", add_category(Shop.open())["id"]):
        reply = shop.call(get_category.handler, id=id)
        assert (reply.status, reply.code) == (404, "category.not_found")


def test_it_needs_catalog_read(shop: Shop) -> None:
    assert_needs("catalog:read", shop, get_category.handler, id=add_category(shop)["id"])


def test_the_sample_gets_a_category(shop: Shop) -> None:
    category = add_category(shop)

    assert send(get_category.handler, sample("catalog", "get_category", shop, id=category["id"])).json == category
