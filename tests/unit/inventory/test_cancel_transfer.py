"""cancel_transfer"""

import pytest

from inventory import cancel_transfer, list_movements, record_movements
from tests.support.contract import assert_happens_once, assert_needs, assert_refuses_what_is_no_body, events_of
from tests.support.samples import sample
from tests.support.shop import Shop, send
from tests.unit.inventory.stockroom import another_location, at_cost, level, receive, transfer
from tests.unit.inventory.stream import follow
from tests.unit.orders.till import Till, piece


@pytest.fixture
def elsewhere(till: Till) -> str:
    return another_location(till)


def test_the_sample_event_brings_back_what_was_sent(till: Till, elsewhere: str) -> None:
    variant = till.product(stock="5")
    sent = transfer(till, elsewhere, piece(variant, "3")).json["id"]

    reply = send(cancel_transfer.handler, sample("inventory", "cancel_transfer", till.shop, id=sent))

    assert (reply.status, reply.json["status"]) == (200, "cancelled")
    assert (reply.json["cancel_reason"], reply.json["cancelled_by"]) == ("Sent to the wrong shop", "key_sample")
    assert till.on_hand(variant) == "5"
    assert [event["type"] for event in events_of(till.shop, sent)] == ["transfer.created", "transfer.cancelled"]


def test_it_comes_back_at_the_cost_that_it_left_with(
    till: Till, elsewhere: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    stream = follow(monkeypatch)
    variant = till.product()
    receive(till, at_cost(variant, "2", "100"))
    sent = transfer(till, elsewhere, piece(variant, "2")).json["id"]
    receive(till, at_cost(variant, "2", "200"))

    till.shop.call(cancel_transfer.handler, {}, id=sent)

    assert (level(till, variant)["average_cost"], level(till, variant)["value"]) == ("150", 600)
    record_movements.handler({"Records": stream}, None)
    query = {"location_id": till.shop.location_id, "variant_id": variant}
    movements = till.shop.call(list_movements.handler, query=query).json["items"]
    assert [(one["cause"]["type"], one["cause"]["reason"], one["unit_cost"]) for one in movements] == [
        ("transfer_in", "cancelled", "100"),
        ("receipt", None, "200"),
        ("transfer_out", None, "100"),
        ("receipt", None, "100"),
    ]


def test_a_stale_version_is_refused(till: Till, elsewhere: str) -> None:
    sent = transfer(till, elsewhere, piece(till.product(stock="5"))).json["id"]

    assert till.shop.call(cancel_transfer.handler, {}, id=sent, headers={"If-Match": "2"}).status == 412


def test_what_is_not_there_or_another_merchants_is_not_found(till: Till, elsewhere: str) -> None:
    sent = transfer(till, elsewhere, piece(till.product(stock="5"))).json["id"]

    for shop, id in ((till.shop, "trf_unknown"), (Shop.open(), sent)):
        reply = shop.call(cancel_transfer.handler, {}, id=id)
        assert (reply.status, reply.code) == (404, "transfer.not_found")


def test_it_keeps_the_contract_of_writes(till: Till, elsewhere: str) -> None:
    variant = till.product(stock="5")
    first, second = (transfer(till, elsewhere, piece(variant)).json["id"] for _ in range(2))

    assert_needs("inventory:write", till.shop, cancel_transfer.handler, {}, id=first)
    assert_happens_once(till.shop, cancel_transfer.handler, {}, {"reason": "Late"}, id=second)
    assert_refuses_what_is_no_body(till.shop, cancel_transfer.handler, id=first)
    assert till.on_hand(variant) == "5"
