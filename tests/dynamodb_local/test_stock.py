"""Stock that comes, goes and is counted while it is sold: on Amazon's own engine, with transactions that meet."""

import itertools
from collections import Counter
from decimal import Decimal

import pytest

from inventory import list_movements, receive_transfer, record_movements
from tests.dynamodb_local.engine import Conflicts, at_once, stream
from tests.support.shop import Reply, Shop
from tests.unit.inventory.stockroom import (
    another_location,
    at_cost,
    begin_count,
    complete,
    found,
    level,
    receive,
    transfer,
)
from tests.unit.orders.till import Till, piece

THREADS = 8


@pytest.fixture
def till(shop: Shop) -> Till:
    """A till in an empty shop."""
    return Till(shop)


@pytest.fixture
def conflicts(till: Till, monkeypatch: pytest.MonkeyPatch) -> Conflicts:
    """Conflicts between transactions from here on."""
    conflicts = Conflicts()
    conflicts.happen(monkeypatch)
    return conflicts


def test_deliveries_among_sales_lose_neither_stock_nor_cost(till: Till, conflicts: Conflicts) -> None:
    variant = till.product()
    receive(till, at_cost(variant, "100", "100"))
    turn = itertools.count()

    def deliver_or_sell() -> Reply:
        if next(turn) % 4:
            return till.sell(piece(variant))
        return receive(till, at_cost(variant, "2", "100"))

    replies = at_once(THREADS, deliver_or_sell, 64)

    delivered = sum("unit_cost" in reply.json["lines"][0] for reply in replies)
    assert {reply.status for reply in replies} == {201}
    assert delivered > 0
    now = level(till, variant)
    assert now["on_hand"] == str(100 + 2 * delivered - (64 - delivered))
    assert (now["average_cost"], now["value"]) == ("100", 100 * int(now["on_hand"]))
    assert now["version"] == 65


def test_what_is_blocked_is_not_sent_and_sold_at_once(till: Till, conflicts: Conflicts) -> None:
    variant, elsewhere = till.product(stock="10", stock_policy="block"), another_location(till)
    turn = itertools.count()

    def send_or_sell() -> Reply:
        return till.sell(piece(variant)) if next(turn) % 2 else transfer(till, elsewhere, piece(variant))

    replies = at_once(THREADS, send_or_sell, 32)

    assert Counter(reply.status if reply.status < 400 else reply.code for reply in replies) == {
        201: 10,
        "stock.insufficient": 22,
    }
    assert till.on_hand(variant) == "0"


def test_a_transfer_that_many_receive_at_once_arrives_once(till: Till, conflicts: Conflicts) -> None:
    variant, elsewhere = till.product(stock="10"), another_location(till)
    sent = transfer(till, elsewhere, piece(variant, "4")).json["id"]

    replies = at_once(THREADS, lambda: till.shop.call(receive_transfer.handler, {}, id=sent), THREADS)

    assert sorted(reply.status for reply in replies) == [200] + [409] * (THREADS - 1)
    assert level(till, variant, elsewhere)["on_hand"] == "4"


def test_a_count_is_exact_while_tills_go_on_selling(till: Till, conflicts: Conflicts) -> None:
    variant = till.product(stock="100")
    count = begin_count(till, variant).json["id"]
    turn = itertools.count()

    def count_or_sell() -> Reply:
        return till.sell(piece(variant)) if next(turn) % 8 else found(till, count, piece(variant, "90"))

    replies = at_once(THREADS, count_or_sell, 64)
    sold = sum(reply.status == 201 for reply in replies)
    [line] = complete(till, count).json["lines"]

    assert {reply.status for reply in replies} == {200, 201}
    assert Decimal(line["difference"]) == Decimal(90) - Decimal(line["expected"])
    assert Decimal(till.on_hand(variant) or 0) == 100 - sold + Decimal(line["difference"])
    assert 100 - sold <= Decimal(line["expected"]) <= 100


def test_a_count_that_many_complete_at_once_moves_each_level_once(till: Till, conflicts: Conflicts) -> None:
    variants = [till.product(stock="5") for _ in range(3)]
    count = begin_count(till, *variants).json["id"]
    found(till, count, *(piece(one, "3") for one in variants))

    replies = at_once(THREADS, lambda: complete(till, count), THREADS)

    assert sorted(reply.status for reply in replies) == [200] + [409] * (THREADS - 1)
    assert [till.on_hand(one) for one in variants] == ["3"] * 3


def test_what_the_stream_shows_of_all_of_it_is_recorded(till: Till) -> None:
    variant, elsewhere = till.product(), another_location(till)
    receive(till, at_cost(variant, "8", "12.5"))
    sent = transfer(till, elsewhere, piece(variant, "3")).json["id"]
    till.shop.call(receive_transfer.handler, {}, id=sent)
    count = begin_count(till, variant).json["id"]
    found(till, count, piece(variant, "4"))
    complete(till, count)

    record_movements.handler({"Records": stream("inventory")}, None)

    query = {"location_id": till.shop.location_id, "variant_id": variant}
    ledger = till.shop.call(list_movements.handler, query=query).json["items"]
    assert [(one["cause"]["type"], one["change"], one["unit_cost"]) for one in ledger] == [
        ("count", "-1", "12.5"),
        ("transfer_out", "-3", "12.5"),
        ("receipt", "8", "12.5"),
    ]
