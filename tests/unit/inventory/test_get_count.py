"""get_count"""

import pytest

from inventory import get_count
from tests.support.contract import assert_needs
from tests.support.samples import sample
from tests.support.shop import Shop, send
from tests.unit.inventory.stockroom import begin_count, found
from tests.unit.orders.till import Till, piece


def test_the_sample_event_gets_what_is_counted_so_far(till: Till) -> None:
    first, second = till.product(stock="5"), till.product(stock="7")
    count = begin_count(till, first, second).json
    till.sell(piece(second))
    found(till, count["id"], piece(second, "6.5"))

    reply = send(get_count.handler, sample("inventory", "get_count", till.shop, id=count["id"]))

    assert (reply.status, reply.headers["etag"]) == (200, '"1"')
    assert reply.json["lines"][0] == count["lines"][0]
    line = reply.json["lines"][1]
    assert (line["expected"], line["counted"], line["difference"], line["counted_by"]) == (
        "6",
        "6.5",
        "0.5",
        "key_test",
    )


def test_a_blind_count_tells_nothing_while_it_is_counted(till: Till) -> None:
    variant = till.product(stock="5")
    count = begin_count(till, variant, blind=True).json["id"]
    found(till, count, piece(variant, "4"))

    [line] = till.shop.call(get_count.handler, id=count).json["lines"]

    assert (line["expected"], line["difference"], line["counted"]) == (None, None, "4")


@pytest.mark.parametrize("there", [False, True])
def test_what_is_not_there_or_another_merchants_is_not_found(till: Till, there: bool) -> None:
    count = begin_count(till, till.product()).json["id"]
    shop, id = (Shop.open(), count) if there else (till.shop, "cnt_unknown")

    reply = shop.call(get_count.handler, id=id)

    assert (reply.status, reply.code) == (404, "count.not_found")


def test_it_needs_inventory_read(till: Till) -> None:
    count = begin_count(till, till.product()).json["id"]

    assert_needs("inventory:read", till.shop, get_count.handler, id=count)
