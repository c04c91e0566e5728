"""list_promotions"""

from catalog import list_promotions
from tests.support.contract import assert_needs
from tests.support.samples import sample
from tests.support.shop import Shop, send
from tests.unit.catalog.promotion_samples import add_promotion


def test_all_promotions_are_listed_oldest_first(shop: Shop) -> None:
    promotions = [add_promotion(shop, name=name) for name in "BAC"]

    assert shop.call(list_promotions.handler).json == {"items": promotions, "next_cursor": None}


def test_another_merchants_promotions_are_not_listed(shop: Shop) -> None:
    add_promotion(Shop.open())

    assert shop.call(list_promotions.handler).json["items"] == []


def test_a_parameter_that_there_is_not_is_refused(shop: Shop) -> None:
    reply = shop.call(list_promotions.handler, query={"limit": "5"})

    assert (reply.status, reply.code, reply.pointers) == (422, "request.invalid", ["?limit"])


def test_it_needs_catalog_read(shop: Shop) -> None:
    assert_needs("catalog:read", shop, list_promotions.handler)


def test_the_sample_lists_promotions(shop: Shop) -> None:
    promotion = add_promotion(shop)

    assert send(list_promotions.handler, sample("catalog", "list_promotions", shop)).json["items"] == [promotion]
