"""get_location"""

from staff import get_location, list_locations
from tests.support.contract import assert_needs
from tests.support.samples import sample
from tests.support.shop import Shop, send


def test_the_sample_shows_the_location_as_it_is_listed(shop: Shop) -> None:
    reply = send(get_location.handler, sample("staff", "get_location", shop))

    assert (reply.status, reply.headers["etag"]) == (200, '"1"')
    assert [reply.json] == shop.call(list_locations.handler).json["items"]


def test_another_merchants_location_is_not_found(shop: Shop) -> None:
    reply = Shop.open(name="Toko Lain").call(get_location.handler, id=shop.location_id)

    assert (reply.status, reply.code) == (404, "location.not_found")


def test_it_needs_merchant_read(shop: Shop) -> None:
    assert_needs("merchant:read", shop, get_location.handler, id=shop.location_id)
