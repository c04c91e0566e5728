"""get_promotion"""

from catalog import get_promotion
from tests.support.contract import assert_needs
from tests.support.samples import sample
from tests.support.shop import Shop, send
from tests.unit.catalog.promotion_samples import add_promotion


def test_a_promotion_is_answered_with_its_version(shop: Shop) -> None:
    promotion = add_promotion(shop)

    reply = shop.call(get_promotion.handler, id=promotion["id"])

    assert (reply.status, reply.json, reply.headers["etag"]) == (200, promotion, '"1"')


def test_one_that_is_not_there_or_anothers_is_not_found(shop: Shop) -> None:
    for id in ("prm_none", add_promotion(Shop.open())["id"]):
        reply = shop.call(get_promotion.handler, id=id)
        assert (reply.status, reply.code) == (404, "promotion.not_found")


def test_it_needs_catalog_read(shop: Shop) -> None:
    assert_needs("catalog:read", shop, get_promotion.handler, id=add_promotion(shop)["id"])


def test_the_sample_reads_a_promotion(shop: Shop) -> None:
    promotion = add_promotion(shop)

    assert send(get_promotion.handler, sample("catalog", "get_promotion", shop, id=promotion["id"])).json == promotion
