"""list_stock_receipts"""

from inventory import list_stock_receipts
from tests.support.contract import all_pages, assert_needs
from tests.support.samples import sample
from tests.support.shop import Shop, send
from tests.unit.inventory.stockroom import at_cost, receive
from tests.unit.orders.till import Till


def test_the_sample_event_lists(till: Till) -> None:
    made = receive(till, at_cost(till.product(), "2", "100")).json

    reply = send(list_stock_receipts.handler, sample("inventory", "list_stock_receipts", till.shop))

    assert reply.json == {"items": [made], "next_cursor": None}


def test_the_pages_hold_each_receipt_once_newest_first(till: Till) -> None:
    variant = till.product()
    made = [receive(till, at_cost(variant, "1", "100")).json["id"] for _ in range(5)]

    found = [one["id"] for one in all_pages(till.shop, list_stock_receipts.handler, limit=2)]

    assert found == sorted(made, reverse=True)


def test_another_merchant_sees_none(till: Till) -> None:
    receive(till, at_cost(till.product(), "2", "100"))

    assert Shop.open().call(list_stock_receipts.handler).json["items"] == []


def test_it_needs_inventory_read(till: Till) -> None:
    assert_needs("inventory:read", till.shop, list_stock_receipts.handler)
