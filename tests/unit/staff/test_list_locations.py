"""list_locations"""

import pytest

from staff import create_location, list_locations
from tests.support.contract import all_pages, assert_needs
from tests.support.samples import sample
from tests.support.shop import Shop, send


def test_cursors_lead_through_all_locations_once_oldest_first(shop: Shop) -> None:
    made = [shop.call(create_location.handler, {"name": f"Cabang {n}"}).json["id"] for n in range(5)]

    listed = [location["id"] for location in all_pages(shop, list_locations.handler, limit=2)]

    assert listed == sorted([shop.location_id, *made])


def test_nobody_elses_locations_are_listed(shop: Shop) -> None:
    other = Shop.open()

    assert [location["id"] for location in shop.call(list_locations.handler).json["items"]] == [shop.location_id]
    assert [location["id"] for location in other.call(list_locations.handler).json["items"]] == [other.location_id]


@pytest.mark.parametrize(
    ("parameter", "value"),
    [("limit", "0"), ("limit", "201"), ("limit", "many"), ("limit", "1.5"), ("cursor", "x" * 2001), ("page", "2")],
)
def test_a_bad_parameter_is_refused_by_name(shop: Shop, parameter: str, value: str) -> None:
    reply = shop.call(list_locations.handler, query={parameter: value})

    assert (reply.status, reply.code, reply.pointers) == (422, "request.invalid", [f"?{parameter}"])


def test_it_needs_merchant_read(shop: Shop) -> None:
    assert_needs("merchant:read", shop, list_locations.handler)


def test_the_sample_lists_locations(shop: Shop) -> None:
    reply = send(list_locations.handler, sample("staff", "list_locations", shop))

    assert [location["id"] for location in reply.json["items"]] == [shop.location_id]
