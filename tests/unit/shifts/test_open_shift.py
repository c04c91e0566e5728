"""open_shift"""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from shifts import open_shift
from tests.support.contract import assert_happens_once, assert_needs, assert_refuses_what_is_no_body, events_of
from tests.support.samples import sample
from tests.support.shop import Shop, send
from tests.unit.orders.till import calls_one_at_a_time, stored
from tests.unit.shifts.counter import Counter


def test_the_sample_event_opens_a_shift(shop: Shop) -> None:
    reply = send(open_shift.handler, sample("shifts", "open_shift", shop))

    assert reply.status == 201
    shift = reply.json
    assert (shift["status"], shift["version"], shift["register_id"]) == ("open", 1, shop.register_id)
    assert (shift["opening_float"], shift["opening_difference"]) == (4 * 50_000 + 20 * 10_000, None)
    assert shift["opening_denominations"] == [{"value": 50_000, "count": 4}, {"value": 10_000, "count": 20}]
    assert (shift["location_id"], shift["opened_by"], shift["note"]) == (shop.location_id, "key_sample", "Morning")
    assert (shift["currency"], shift["minor_units"], shift["time_zone"]) == ("IDR", 0, "Asia/Jakarta")
    assert reply.headers["etag"] == '"1"'


def test_an_opening_is_one_event_with_the_shift(counter: Counter) -> None:
    opened = counter.open(100)

    (event,) = events_of(counter.shop, opened.json["id"])
    assert (event["type"], event["entity"]["type"], event["data"]) == ("shift.opened", "shift", opened.json)


def test_a_register_has_one_open_shift(counter: Counter) -> None:
    counter.opened()
    before = stored()

    reply = counter.open()

    assert (reply.status, reply.code) == (409, "shift.already_open")
    assert stored() == before


def test_each_register_has_its_own(counter: Counter) -> None:
    counter.opened()

    assert counter.beside("R2").open().status == 201


def test_of_many_who_open_at_the_same_moment_one_does(counter: Counter, monkeypatch: pytest.MonkeyPatch) -> None:
    calls_one_at_a_time(monkeypatch)

    with ThreadPoolExecutor(8) as callers:
        replies = list(callers.map(lambda _: counter.open(), range(8)))

    assert sorted(reply.status for reply in replies) == [201] + [409] * 7
    assert {reply.code for reply in replies if reply.status == 409} == {"shift.already_open"}
    assert len(counter.shifts(open="true")) == 1


def test_the_next_shift_says_once_what_was_not_there_any_more(counter: Counter) -> None:
    first = counter.opened(100)
    counter.close(first, 90)

    second = counter.open(50).json

    assert second["opening_difference"] == -40
    assert counter.expected(second["id"]) == 50
    counter.close(second["id"], 50)
    assert counter.open(50).json["opening_difference"] == 0


def test_a_repeat_under_its_key_opens_once(shop: Shop, counter: Counter) -> None:
    assert_happens_once(shop, open_shift.handler, counter.opening(100), counter.opening(200))


def test_the_permission_to_write_shifts_is_needed(shop: Shop, counter: Counter) -> None:
    assert_needs("shifts:write", shop, open_shift.handler, counter.opening())


def test_what_is_no_body_is_refused(shop: Shop) -> None:
    assert_refuses_what_is_no_body(shop, open_shift.handler)


@pytest.mark.parametrize(
    ("opening_float", "pointer"),
    [
        ({}, "/opening_float"),
        ({"total": 1, "denominations": [{"value": 1, "count": 1}]}, "/opening_float"),
        ({"total": -1}, "/opening_float/total"),
        ({"total": 1.5}, "/opening_float/total"),
        ({"total": 2**53}, "/opening_float/total"),
        ({"denominations": []}, "/opening_float/denominations"),
        ({"denominations": [{"value": 0, "count": 1}]}, "/opening_float/denominations/0/value"),
        ({"denominations": [{"value": 1, "count": -1}]}, "/opening_float/denominations/0/count"),
        ({"denominations": [{"value": 5, "count": 1}] * 2}, "/opening_float/denominations"),
        ({"denominations": [{"value": 2**53 - 1, "count": 2}]}, "/opening_float"),
    ],
)
def test_a_count_that_cannot_be_is_refused(counter: Counter, opening_float: Any, pointer: str) -> None:
    body = {"register_id": counter.register_id, "opening_float": opening_float}

    reply = counter.shop.call(open_shift.handler, body)

    assert (reply.status, reply.code, reply.pointers) == (422, "request.invalid", [pointer])


def test_another_merchants_register_does_not_exist(counter: Counter) -> None:
    reply = Shop.open().call(open_shift.handler, counter.opening())

    assert (reply.status, reply.code, reply.pointers) == (422, "register.unknown", ["/register_id"])
