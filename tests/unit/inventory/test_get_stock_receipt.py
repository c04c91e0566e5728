"""get_stock_receipt"""

from inventory import get_stock_receipt
from tests.support.contract import assert_needs
from tests.support.samples import sample
from tests.support.shop import Shop, send
from tests.unit.inventory.stockroom import at_cost, receive
from tests.unit.orders.till import Till


def test_the_sample_event_gets_what_was_answered_when_it_came(till: Till) -> None:
    made = receive(till, at_cost(till.product(), "2", "100"))

    reply = send(get_stock_receipt.handler, sample("inventory", "get_stock_receipt", till.shop, id=made.json["id"]))

    assert (reply.status, reply.text, reply.headers["etag"]) == (200, made.text, '"1"')


def test_what_is_not_there_or_another_merchants_is_not_found(till: Till) -> None:
    made = receive(till, at_cost(till.product(), "2", "100")).json["id"]

    for shop, id in ((till.shop, "rcp_unknown"), (Shop.open(), made)):
        reply = shop.call(get_stock_receipt.handler, id=id)
        assert (reply.status, reply.code) == (404, "stock_receipt.not_found")


def test_it_needs_inventory_read(till: Till) -> None:
    made = receive(till, at_cost(till.product(), "2", "100")).json["id"]

    assert_needs("inventory:read", till.shop, get_stock_receipt.handler, id=made)
