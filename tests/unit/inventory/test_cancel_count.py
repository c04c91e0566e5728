"""cancel_count"""

import pytest

from inventory import cancel_count
from tests.support.contract import assert_happens_once, assert_needs, assert_refuses_what_is_no_body, events_of
from tests.support.samples import sample
from tests.support.shop import Shop, send
from tests.unit.inventory.stockroom import begin_count, complete, found
from tests.unit.orders.till import Till, at_each_transaction, piece


def test_the_sample_event_gives_it_up_and_nothing_moves(till: Till) -> None:
    variant = till.product(stock="5")
    count = begin_count(till, variant).json["id"]
    found(till, count, piece(variant, "3"))

    reply = send(cancel_count.handler, sample("inventory", "cancel_count", till.shop, id=count))

    assert (reply.status, reply.json["status"], reply.json["cancel_reason"]) == (200, "cancelled", "Wrong shelf")
    assert [line["counted"] for line in reply.json["lines"]] == ["3"]
    assert till.on_hand(variant) == "5"
    assert [event["type"] for event in events_of(till.shop, count)] == ["count.created", "count.cancelled"]


def test_what_is_over_cannot_be_given_up(till: Till) -> None:
    completed, cancelled = (begin_count(till, till.product()).json["id"] for _ in range(2))
    complete(till, completed)
    till.shop.call(cancel_count.handler, {}, id=cancelled)

    for count in (completed, cancelled):
        reply = till.shop.call(cancel_count.handler, {}, id=count)
        assert (reply.status, reply.code) == (409, "count.not_open")


def test_whoever_completes_it_first_wins(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    variant = till.product(stock="5")
    count = begin_count(till, variant).json["id"]
    found(till, count, piece(variant, "3"))
    others = iter([count])

    def complete_meanwhile() -> None:
        for one in others:
            assert complete(till, one).status == 200

    with monkeypatch.context() as racing:
        at_each_transaction(racing, before=complete_meanwhile)
        reply = till.shop.call(cancel_count.handler, {}, id=count)

    assert (reply.status, reply.code, till.on_hand(variant)) == (409, "request.conflict", "3")


def test_a_stale_version_is_refused(till: Till) -> None:
    count = begin_count(till, till.product()).json["id"]

    assert till.shop.call(cancel_count.handler, {}, id=count, headers={"If-Match": "2"}).status == 412


def test_what_is_not_there_or_another_merchants_is_not_found(till: Till) -> None:
    count = begin_count(till, till.product()).json["id"]

    for shop, id in ((till.shop, "cnt_unknown"), (Shop.open(), count)):
        reply = shop.call(cancel_count.handler, {}, id=id)
        assert (reply.status, reply.code) == (404, "count.not_found")


def test_it_keeps_the_contract_of_writes(till: Till) -> None:
    first, second, other = (begin_count(till, till.product()).json["id"] for _ in range(3))

    assert_needs("inventory:write", till.shop, cancel_count.handler, {}, id=first)
    assert_happens_once(till.shop, cancel_count.handler, {}, {"reason": "Late"}, id=second)
    assert_refuses_what_is_no_body(till.shop, cancel_count.handler, id=other)
