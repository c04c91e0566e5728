"""get_transfer"""

from inventory import get_transfer
from tests.support.contract import assert_needs
from tests.support.samples import sample
from tests.support.shop import Shop, send
from tests.unit.inventory.stockroom import another_location, transfer
from tests.unit.orders.till import Till, piece


def test_the_sample_event_gets_what_was_answered_when_it_was_sent(till: Till) -> None:
    made = transfer(till, another_location(till), piece(till.product(stock="5")))

    reply = send(get_transfer.handler, sample("inventory", "get_transfer", till.shop, id=made.json["id"]))

    assert (reply.status, reply.text, reply.headers["etag"]) == (200, made.text, '"1"')


def test_what_is_not_there_or_another_merchants_is_not_found(till: Till) -> None:
    made = transfer(till, another_location(till), piece(till.product(stock="5"))).json["id"]

    for shop, id in ((till.shop, "trf_unknown"), (Shop.open(), made)):
        reply = shop.call(get_transfer.handler, id=id)
        assert (reply.status, reply.code) == (404, "transfer.not_found")


def test_it_needs_inventory_read(till: Till) -> None:
    made = transfer(till, another_location(till), piece(till.product(stock="5"))).json["id"]

    assert_needs("inventory:read", till.shop, get_transfer.handler, id=made)
