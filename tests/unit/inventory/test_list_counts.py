"""list_counts"""

import pytest

from inventory import list_counts, list_levels
from tests.support.contract import all_pages, assert_needs
from tests.support.samples import sample
from tests.support.shop import Shop, send
from tests.unit.inventory.stockroom import another_location, begin_count, complete, found
from tests.unit.orders.till import Till, piece


def test_the_sample_event_lists_counts_under_way_without_their_lines(till: Till) -> None:
    first, second = (begin_count(till, till.product()).json for _ in range(2))
    complete(till, first["id"])

    reply = send(list_counts.handler, sample("inventory", "list_counts", till.shop))

    del second["lines"]
    assert reply.json == {"items": [second], "next_cursor": None}


def test_counts_under_way_are_found_by_their_location(till: Till) -> None:
    elsewhere = another_location(till)
    made = [begin_count(till, till.product()).json["id"] for _ in range(3)]
    begin_count(till, till.product(), location_id=elsewhere)

    query = {"status": "counting", "location_id": till.shop.location_id}
    assert [one["id"] for one in all_pages(till.shop, list_counts.handler, limit=2, **query)] == sorted(made)


def test_the_pages_hold_each_count_once_newest_first(till: Till) -> None:
    made = [begin_count(till, till.product()).json["id"] for _ in range(5)]
    complete(till, made[1])

    assert [one["id"] for one in all_pages(till.shop, list_counts.handler, limit=2)] == sorted(made, reverse=True)


def test_its_lines_are_no_levels(till: Till) -> None:
    variant = till.product()
    count = begin_count(till, variant).json["id"]
    found(till, count, piece(variant))

    assert till.shop.call(list_levels.handler, query={"location_id": count}).json["items"] == []


@pytest.mark.parametrize(
    ("query", "pointer"), [({"status": "completed"}, "?status"), ({"location_id": "loc_main"}, "?")]
)
def test_a_query_that_makes_no_sense_is_refused(till: Till, query: dict[str, str], pointer: str) -> None:
    reply = till.shop.call(list_counts.handler, query=query)

    assert (reply.status, reply.pointers) == (422, [pointer])


def test_another_merchant_sees_none(till: Till) -> None:
    begin_count(till, till.product())
    other = Shop.open()

    for query in ({}, {"status": "counting"}):
        assert other.call(list_counts.handler, query=query).json["items"] == []


def test_it_needs_inventory_read(till: Till) -> None:
    assert_needs("inventory:read", till.shop, list_counts.handler)
