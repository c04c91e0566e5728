"""close_shift"""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from orders import close_shift
from tests.support.contract import assert_happens_once, assert_needs, assert_refuses_what_is_no_body, events_of
from tests.support.samples import sample
from tests.support.shop import Shop, send
from tests.unit.orders.till import Till, at_each_transaction, calls_one_at_a_time, custom, stored
from tests.unit.shifts.counter import Counter

BODY = {"counted": {"total": 100}}


@pytest.fixture
def counter(shop: Shop) -> Counter:
    return Counter(shop)


def test_the_sample_event_closes_by_what_was_counted(shop: Shop, counter: Counter) -> None:
    shift_id = counter.opened(400_000)

    reply = send(close_shift.handler, sample("orders", "close_shift", shop, id=shift_id))

    assert reply.status == 200
    shift = reply.json
    assert (shift["status"], shift["version"], shift["closed_by"]) == ("closed", 2, "key_sample")
    assert (shift["counted"], shift["expected"], shift["difference"]) == (390_000, 400_000, -10_000)
    assert shift["counted_denominations"] == [{"value": 50_000, "count": 4}, {"value": 10_000, "count": 19}]
    assert (shift["closing_note"], shift["z_number"]) == ("Ten thousand short", 1)
    assert shift == counter.get(shift_id)


def test_a_closing_is_one_event_with_the_z_report_inside(counter: Counter) -> None:
    shift_id = counter.opened()
    counter.sell(500)
    closed = counter.close(shift_id, 500)

    event = events_of(counter.shop, shift_id)[-1]
    assert (event["type"], event["entity"]["version"]) == ("shift.closed", 3)
    assert event["data"] == closed.json
    assert event["data"]["report"] == counter.report(shift_id)


def test_z_reports_of_a_register_are_numbered_without_gaps(counter: Counter) -> None:
    other = counter.beside("R2")
    numbers = []
    for one in (counter, counter, other, counter, other):
        numbers.append(one.close(one.opened()).json["z_number"])

    assert numbers == [1, 2, 1, 3, 2]


def test_a_closed_shift_stays_as_it_is(counter: Counter) -> None:
    shift_id = counter.opened()
    sold = counter.sell(500).json["id"]
    counter.close(shift_id, 500)
    before = counter.get(shift_id)

    assert (counter.close(shift_id, 400).status, counter.close(shift_id).code) == (409, "shift.not_open")
    assert counter.move(shift_id, "paid_in", 5).status == 409
    assert Till(counter.shop).cancel(sold).status == 409
    counter.sell(700)
    counter.close(counter.opened(), 0)
    assert counter.get(shift_id) == before


def test_orders_left_open_are_named_and_hold_nothing_up(counter: Counter) -> None:
    till, other = Till(counter.shop), counter.beside("R2")
    till.sell(custom(), register_id=counter.register_id)  # before the shift
    shift_id = counter.opened()
    left = till.sell(custom(), custom(), register_id=counter.register_id, name="Table 4").json
    till.sell(custom(), register_id=other.register_id)
    counter.sell()

    closed = counter.close(shift_id, 10_000)

    assert closed.status == 200
    assert closed.json["open_orders"] == [
        {"id": left["id"], "number": left["number"], "name": "Table 4", "amount_due": 20_000}
    ]


def test_a_sale_that_overtakes_the_close_is_in_the_report(counter: Counter, monkeypatch: pytest.MonkeyPatch) -> None:
    shift_id = counter.opened()
    sales = [300, 200]

    def overtake() -> None:
        if sales:
            price = sales.pop()
            counter.sell(price)

    at_each_transaction(monkeypatch, before=overtake)

    closed = counter.close(shift_id, 500).json

    assert (closed["expected"], closed["difference"], closed["report"]["sales"]["count"]) == (500, 0, 2)


def test_a_sale_that_the_close_overtakes_is_in_no_shift(counter: Counter, monkeypatch: pytest.MonkeyPatch) -> None:
    shift_id = counter.opened()
    closings = [shift_id]

    def overtake() -> None:
        if closings:
            counter.close(closings.pop(), 0)

    at_each_transaction(monkeypatch, before=overtake)

    sold = counter.sell(300)

    assert sold.status == 201
    assert "shift_id" not in sold.json
    assert counter.get(shift_id)["report"]["sales"]["count"] == 0


def test_a_sale_that_is_overtaken_by_the_change_of_shifts_is_in_the_next(
    counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    shift_id = counter.opened()
    closings, opened = [shift_id], []

    def overtake() -> None:
        if closings:
            counter.close(closings.pop(), 0)
            opened.append(counter.opened())

    at_each_transaction(monkeypatch, before=overtake)

    sold = counter.sell(300)

    assert sold.json["shift_id"] == opened[0]
    assert counter.expected(opened[0]) == 300


def test_sales_of_many_against_a_close_are_in_the_report_or_the_next_shift(
    counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = counter.opened()
    calls_one_at_a_time(monkeypatch)

    def turn(number: int) -> Any:
        if number != 8:
            return counter.sell(100 + number)
        counter.close(first, 0)
        return counter.open()

    with ThreadPoolExecutor(16) as callers:
        replies = list(callers.map(turn, range(17)))

    sold = [reply.json for position, reply in enumerate(replies) if position != 8]
    assert {reply.status for reply in replies} == {201}
    second = replies[8].json["id"]
    for shift_id in (first, second):
        report = counter.report(shift_id)
        inside = [order["total"] for order in sold if order.get("shift_id") == shift_id]
        assert (report["sales"]["count"], report["sales"]["total"]) == (len(inside), sum(inside))
        assert report["cash"]["expected"] == sum(inside)
    assert len(sold) == 16


def test_of_many_who_close_at_once_one_does(counter: Counter, monkeypatch: pytest.MonkeyPatch) -> None:
    shift_id = counter.opened(100)
    calls_one_at_a_time(monkeypatch)

    with ThreadPoolExecutor(8) as callers:
        replies = list(callers.map(lambda _: counter.close(shift_id, 100), range(8)))

    assert sorted(reply.status for reply in replies) == [200] + [409] * 7
    assert counter.close(counter.opened()).json["z_number"] == 2


def test_a_stale_version_is_refused(counter: Counter) -> None:
    shift_id = counter.opened()
    counter.sell()
    before = stored()

    stale = counter.close(shift_id, headers={"If-Match": '"1"'})

    assert (stale.status, stale.code) == (412, "request.stale_version")
    assert stored() == before
    assert counter.close(shift_id, headers={"If-Match": '"2"'}).status == 200


def test_a_version_that_goes_stale_at_this_moment_is_refused(counter: Counter, monkeypatch: pytest.MonkeyPatch) -> None:
    shift_id = counter.opened()
    sales = [300]

    def overtake() -> None:
        if sales:
            counter.sell(sales.pop())

    at_each_transaction(monkeypatch, before=overtake)

    reply = counter.close(shift_id, headers={"If-Match": '"1"'})

    assert (reply.status, reply.code) == (412, "request.stale_version")
    assert counter.get(shift_id)["status"] == "open"


def test_a_repeat_under_its_key_closes_once(shop: Shop, counter: Counter) -> None:
    shift_id = counter.opened()

    assert_happens_once(shop, close_shift.handler, BODY, {"counted": {"total": 99}}, id=shift_id)


def test_the_permission_to_write_shifts_is_needed(shop: Shop, counter: Counter) -> None:
    assert_needs("shifts:write", shop, close_shift.handler, BODY, id=counter.opened())


def test_what_is_no_body_is_refused(shop: Shop, counter: Counter) -> None:
    assert_refuses_what_is_no_body(shop, close_shift.handler, id=counter.opened())


@pytest.mark.parametrize(
    ("counted", "pointer"),
    [({}, "/counted"), ({"total": -1}, "/counted/total"), ({"denominations": []}, "/counted/denominations")],
)
def test_a_count_that_cannot_be_is_refused(shop: Shop, counter: Counter, counted: Any, pointer: str) -> None:
    reply = shop.call(close_shift.handler, {"counted": counted}, id=counter.opened())

    assert (reply.status, reply.pointers) == (422, [pointer])


def test_another_merchants_shift_does_not_exist(counter: Counter) -> None:
    reply = Shop.open().call(close_shift.handler, BODY, id=counter.opened())

    assert (reply.status, reply.code) == (404, "shift.not_found")
