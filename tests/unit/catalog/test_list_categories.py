"""list_categories"""

import pytest

from catalog import delete_category, list_categories
from tests.support.contract import all_pages, assert_needs
from tests.support.samples import sample
from tests.support.shop import Shop, send
from tests.unit.catalog.categories import add_category, add_chain


@pytest.mark.parametrize("limit", [1, 2, 200])
def test_cursors_lead_through_all_categories_once(shop: Shop, limit: int) -> None:
    made = add_chain(shop, 3)

    listed = all_pages(shop, list_categories.handler, limit=limit)

    assert listed == sorted(made, key=lambda category: str(category["id"]))


def test_deleted_categories_are_listed_on_request(shop: Shop) -> None:
    kept, deleted = add_category(shop), add_category(shop)
    shop.call(delete_category.handler, id=deleted["id"])

    assert shop.call(list_categories.handler).json["items"] == [kept]
    listed = shop.call(list_categories.handler, query={"include_deleted": "true"}).json["items"]
    assert {(one["id"], one["deleted_at"] is None) for one in listed} == {(kept["id"], True), (deleted["id"], False)}


def test_nobody_elses_categories_are_listed(shop: Shop) -> None:
    add_category(Shop.open())

    assert shop.call(list_categories.handler).json == {"items": [], "next_cursor": None}


def test_a_bad_parameter_is_refused_by_name(shop: Shop) -> None:
    assert shop.call(list_categories.handler, query={"limit": "0"}).pointers == ["?limit"]


def test_it_needs_catalog_read(shop: Shop) -> None:
    assert_needs("catalog:read", shop, list_categories.handler)


def test_the_sample_lists_categories(shop: Shop) -> None:
    category = add_category(shop)

    assert send(list_categories.handler, sample("catalog", "list_categories", shop)).json["items"] == [category]
