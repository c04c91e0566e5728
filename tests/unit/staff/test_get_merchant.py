"""get_merchant"""

from staff import get_merchant
from tests.support.contract import assert_needs
from tests.support.samples import sample
from tests.support.shop import Shop, send


def test_it_answers_the_callers_merchant_with_its_version(shop: Shop) -> None:
    Shop.open(name="Toko Lain")

    reply = shop.call(get_merchant.handler)

    assert reply.status == 200
    assert (reply.json["id"], reply.json["name"]) == (shop.merchant_id, "Toko Maju")
    assert (reply.json["version"], reply.headers["etag"]) == (1, '"1"')


def test_it_needs_merchant_read(shop: Shop) -> None:
    assert_needs("merchant:read", shop, get_merchant.handler)


def test_the_sample_reads_the_merchant(shop: Shop) -> None:
    assert send(get_merchant.handler, sample("staff", "get_merchant", shop)).json["id"] == shop.merchant_id
