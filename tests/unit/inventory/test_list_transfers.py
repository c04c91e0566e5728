"""list_transfers"""

import pytest

from inventory import cancel_transfer, list_transfers, receive_transfer
from tests.support.contract import all_pages, assert_needs
from tests.support.samples import sample
from tests.support.shop import Shop, send
from tests.unit.inventory.stockroom import another_location, transfer
from tests.unit.orders.till import Till, piece


def test_the_sample_event_lists_what_is_in_transit(till: Till) -> None:
    variant, elsewhere = till.product(stock="9"), another_location(till)
    first, second, third = (transfer(till, elsewhere, piece(variant)).json for _ in range(3))
    till.shop.call(receive_transfer.handler, {}, id=first["id"])
    till.shop.call(cancel_transfer.handler, {}, id=third["id"])

    reply = send(list_transfers.handler, sample("inventory", "list_transfers", till.shop))

    assert reply.json == {"items": [second], "next_cursor": None}


def test_what_is_in_transit_is_found_by_its_destination(till: Till) -> None:
    variant, here, there = till.product(stock="9"), another_location(till), another_location(till)
    for destination in (here, there, here, here):
        transfer(till, destination, piece(variant))

    for destination, count in ((here, 3), (there, 1)):
        query = {"status": "in_transit", "to_location_id": destination}
        found = all_pages(till.shop, list_transfers.handler, limit=2, **query)
        assert [one["to_location_id"] for one in found] == [destination] * count
    assert len(all_pages(till.shop, list_transfers.handler, limit=3, status="in_transit")) == 4


def test_the_pages_hold_each_transfer_once_newest_first(till: Till) -> None:
    variant, elsewhere = till.product(stock="9"), another_location(till)
    made = [transfer(till, elsewhere, piece(variant)).json["id"] for _ in range(5)]
    till.shop.call(cancel_transfer.handler, {}, id=made[2])

    found = [one["id"] for one in all_pages(till.shop, list_transfers.handler, limit=2)]

    assert found == sorted(made, reverse=True)


@pytest.mark.parametrize(
    ("query", "pointer"), [({"status": "received"}, "?status"), ({"to_location_id": "loc_main"}, "?")]
)
def test_a_query_that_makes_no_sense_is_refused(till: Till, query: dict[str, str], pointer: str) -> None:
    reply = till.shop.call(list_transfers.handler, query=query)

    assert (reply.status, reply.pointers) == (422, [pointer])


def test_another_merchant_sees_none(till: Till) -> None:
    transfer(till, another_location(till), piece(till.product(stock="5")))
    other = Shop.open()

    for query in ({}, {"status": "in_transit"}):
        assert other.call(list_transfers.handler, query=query).json["items"] == []


def test_it_needs_inventory_read(till: Till) -> None:
    assert_needs("inventory:read", till.shop, list_transfers.handler)
