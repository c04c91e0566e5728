"""create_cash_movement"""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from shifts import create_cash_movement
from tests.support.contract import assert_happens_once, assert_needs, assert_refuses_what_is_no_body, events_of
from tests.support.samples import sample
from tests.support.shop import Shop, send
from tests.unit.orders.till import at_each_transaction, calls_one_at_a_time, stored
from tests.unit.shifts.counter import Counter
from tests.unit.staff.approvals import Person, trail

BODY = {"type": "paid_in", "amount": 500, "reason": "Change from the bank"}


def test_the_sample_event_takes_cash_out(shop: Shop, counter: Counter) -> None:
    shift_id = counter.opened(20_000)

    reply = send(create_cash_movement.handler, sample("shifts", "create_cash_movement", shop, id=shift_id))

    assert (reply.status, reply.json["type"], reply.json["amount"]) == (201, "paid_out", 15_000)
    assert (reply.json["shift_id"], reply.json["register_id"]) == (shift_id, shop.register_id)
    assert (reply.json["reason"], reply.json["actor"]) == ("Ice for the kitchen", "key_sample")
    assert counter.expected(shift_id) == 5_000


@pytest.mark.parametrize(("type", "cash"), [("paid_in", 300), ("paid_out", -300), ("drop", -300)])
def test_a_movement_is_an_entry_of_the_ledger(counter: Counter, type: str, cash: int) -> None:
    shift_id = counter.opened(1_000)

    moved = counter.move(shift_id, type, 300).json

    (entry,) = counter.entries(shift_id)
    assert (entry["id"], entry["type"], entry["cash"], entry["at"]) == (moved["id"], type, cash, moved["created_at"])
    assert counter.expected(shift_id) == 1_000 + cash
    drawer = counter.report(shift_id)["cash"]
    named = {"paid_in": "paid_in", "paid_out": "paid_out", "drop": "drops"}
    assert {name: drawer[name] for name in named.values()} == dict.fromkeys(named.values(), 0) | {named[type]: 300}


NO_SALE = {"type": "no_sale", "reason": "Change for a customer"}


def test_a_drawer_that_is_opened_for_no_sale_is_an_entry_that_moves_nothing(shop: Shop, counter: Counter) -> None:
    shift_id = counter.opened(1_000)

    opened = shop.call(create_cash_movement.handler, NO_SALE, id=shift_id).json

    (entry,) = counter.entries(shift_id)
    assert (entry["id"], entry["type"], entry["cash"], entry["reason"]) == (
        opened["id"],
        "no_sale",
        0,
        NO_SALE["reason"],
    )
    assert (opened["amount"], counter.expected(shift_id), counter.report(shift_id)["cash"]["no_sales"]) == (0, 1_000, 1)
    [told] = trail(shop)
    assert (told["action"], told["entity_type"], told["entity_id"]) == ("drawer.opened", "shift", shift_id)
    assert (told["reason"], told["approved_by"]) == (NO_SALE["reason"], None)


def test_a_cashier_opens_it_once_with_an_approval_for_this_shift(
    shop: Shop, counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("staff.pins.COST", 2)
    sari, dewi = Person.hired(shop), Person.hired(shop, "manager")
    shift_id = counter.opened(1_000)
    refused = sari.call(create_cash_movement.handler, NO_SALE, id=shift_id)
    assert refused.json["approval"] == {"permission": "shifts:open_drawer", "entity_id": shift_id, "amount": 0}
    approval = sari.approved(dewi, "shifts:open_drawer", shift_id)
    key = {"Idempotency-Key": "drawer-1"}

    opened = sari.call(create_cash_movement.handler, NO_SALE, [approval], id=shift_id, headers=key)
    repeated = sari.call(create_cash_movement.handler, NO_SALE, [approval], id=shift_id, headers=key)
    again = sari.call(create_cash_movement.handler, NO_SALE, [approval], id=shift_id)

    assert (opened.status, opened.json["approved_by"], repeated.text) == (201, dewi.id, opened.text)
    assert (again.status, again.code) == (403, "approval.required")
    (entry,) = counter.entries(shift_id)
    assert (entry["actor"], entry["approved_by"]) == (sari.id, dewi.id)
    told = trail(shop, action="drawer.opened")
    assert [(one["actor"], one["approved_by"], one["approval_id"]) for one in told] == [(sari.id, dewi.id, approval)]
    assert sari.call(create_cash_movement.handler, BODY, id=shift_id).status == 201


def test_a_movement_is_one_event(counter: Counter) -> None:
    moved = counter.move(counter.opened(), "paid_in", 5).json

    (event,) = events_of(counter.shop, moved["id"])
    assert (event["type"], event["entity"]["type"], event["data"]) == ("cash_movement.created", "cash_movement", moved)


@pytest.mark.parametrize("type", ["paid_out", "drop"])
def test_no_more_goes_out_than_should_be_there(counter: Counter, type: str) -> None:
    shift_id = counter.opened(1_000)
    before = stored()

    reply = counter.move(shift_id, type, 1_001)

    assert (reply.status, reply.code, reply.pointers) == (409, "shift.cash_insufficient", ["/amount"])
    assert stored() == before
    assert counter.move(shift_id, type, 1_000).status == 201
    assert counter.expected(shift_id) == 0


def test_also_not_by_many_at_the_same_moment(counter: Counter, monkeypatch: pytest.MonkeyPatch) -> None:
    shift_id = counter.opened(1_000)
    calls_one_at_a_time(monkeypatch)

    with ThreadPoolExecutor(8) as callers:
        replies = list(callers.map(lambda _: counter.move(shift_id, "drop", 300), range(8)))

    assert sorted(reply.status for reply in replies) == [201] * 3 + [409] * 5
    assert counter.expected(shift_id) == 100


def test_a_closed_shift_takes_none(counter: Counter) -> None:
    shift_id = counter.opened()
    counter.close(shift_id)

    reply = counter.move(shift_id, "paid_in", 5)

    assert (reply.status, reply.code) == (409, "shift.not_open")


def test_also_not_one_that_is_closed_at_this_moment(counter: Counter, monkeypatch: pytest.MonkeyPatch) -> None:
    shift_id = counter.opened(1_000)
    closings = [shift_id]

    def overtake() -> None:
        if closings:
            counter.close(closings.pop(), 1_000)

    at_each_transaction(monkeypatch, before=overtake)

    reply = counter.move(shift_id, "drop", 5)

    assert (reply.status, reply.code) == (409, "shift.not_open")
    assert counter.get(shift_id)["expected"] == 1_000


def test_a_repeat_under_its_key_moves_once(shop: Shop, counter: Counter) -> None:
    shift_id = counter.opened()

    assert_happens_once(shop, create_cash_movement.handler, BODY, BODY | {"amount": 6}, id=shift_id)
    assert counter.expected(shift_id) == 500


def test_the_permission_to_write_shifts_is_needed(shop: Shop, counter: Counter) -> None:
    assert_needs("shifts:write", shop, create_cash_movement.handler, BODY, id=counter.opened())


def test_what_is_no_body_is_refused(shop: Shop, counter: Counter) -> None:
    assert_refuses_what_is_no_body(shop, create_cash_movement.handler, id=counter.opened())


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"amount": 0}, "/amount"),
        ({"type": "no_sale"}, "/amount"),
        ({"amount": -5}, "/amount"),
        ({"amount": "5"}, "/amount"),
        ({"amount": 2**53}, "/amount"),
        ({"type": "sale"}, "/type"),
        ({"reason": " "}, "/reason"),
    ],
)
def test_bad_input_is_refused(shop: Shop, counter: Counter, change: Any, pointer: str) -> None:
    reply = shop.call(create_cash_movement.handler, BODY | change, id=counter.opened())

    assert (reply.status, reply.pointers) == (422, [pointer])


def test_another_merchants_shift_does_not_exist(counter: Counter) -> None:
    reply = Shop.open().call(create_cash_movement.handler, BODY, id=counter.opened())

    assert (reply.status, reply.code) == (404, "shift.not_found")
