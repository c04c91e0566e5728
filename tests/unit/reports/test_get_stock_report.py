"""get_stock_report"""

from decimal import Decimal

import pytest

from inventory import store as inventory
from inventory.models import Cause
from pos import clock, dynamo
from pos.ids import new_id
from reports import get_stock_report
from tests.support.contract import all_pages, assert_needs
from tests.support.samples import sample
from tests.support.shop import Shop, send


def receive(shop: Shop, location_id: str, quantity: str) -> str:
    """Put so much of a new variant on the shelf; its id."""
    variant_id = new_id("var")
    dynamo.transact(
        [
            inventory.move(
                shop.merchant_id,
                location_id,
                variant_id,
                Decimal(quantity),
                Cause(type="adjustment", id="adj_test"),
                "key_test",
                clock.now(),
            )
        ]
    )
    return variant_id


def test_it_answers_what_is_on_hand_to_the_gram(shop: Shop) -> None:
    variant_id = receive(shop, shop.location_id, "2.125")

    [level] = shop.call(get_stock_report.handler, query={"location_id": shop.location_id}).json["items"]

    assert (level["variant_id"], level["location_id"], level["on_hand"]) == (variant_id, shop.location_id, "2.125")


def test_cursors_lead_through_all_variants_of_the_location_once(shop: Shop) -> None:
    variants = [receive(shop, shop.location_id, "1") for _ in range(5)]
    receive(shop, "loc_other", "1")

    levels = all_pages(shop, get_stock_report.handler, limit=2, location_id=shop.location_id)

    assert [level["variant_id"] for level in levels] == sorted(variants)


def test_nobody_elses_stock_is_reported(shop: Shop) -> None:
    receive(Shop.open(), shop.location_id, "1")

    reply = shop.call(get_stock_report.handler, query={"location_id": shop.location_id})

    assert reply.json == {"items": [], "next_cursor": None}


@pytest.mark.parametrize(
    ("query", "pointer"), [({}, "?location_id"), ({"location_id": "loc_main", "limit": "201"}, "?limit")]
)
def test_a_bad_parameter_is_refused_by_name(shop: Shop, query: dict[str, str], pointer: str) -> None:
    reply = shop.call(get_stock_report.handler, query=query)

    assert (reply.status, reply.pointers) == (422, [pointer])


def test_it_needs_reports_read(shop: Shop) -> None:
    assert_needs("reports:read", shop, get_stock_report.handler, query={"location_id": shop.location_id})


def test_the_sample_reports_stock(shop: Shop) -> None:
    variant_id = receive(shop, shop.location_id, "3")

    [level] = send(get_stock_report.handler, sample("reports", "get_stock_report", shop)).json["items"]

    assert level["variant_id"] == variant_id
