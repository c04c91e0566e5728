"""get_shift"""

from shifts import get_shift
from tests.support.contract import assert_needs
from tests.support.samples import sample
from tests.support.shop import Shop, send
from tests.unit.shifts.counter import Counter


def test_the_sample_event_answers_the_shift(shop: Shop, counter: Counter) -> None:
    opened = counter.open(100)

    reply = send(get_shift.handler, sample("shifts", "get_shift", shop, id=opened.json["id"]))

    assert (reply.status, reply.json, reply.headers["etag"]) == (200, opened.json, '"1"')


def test_each_entry_makes_a_new_version(counter: Counter) -> None:
    shift_id = counter.opened()
    moved = counter.move(shift_id, "paid_in", 5).json
    counter.sell()

    shift = counter.get(shift_id)

    assert shift["version"] == 3
    assert shift["updated_at"] >= moved["created_at"]


def test_what_should_be_in_the_drawer_is_not_told_before_it_is_counted(counter: Counter) -> None:
    shift_id = counter.opened(100)
    counter.sell(10)

    shift = counter.get(shift_id)
    assert (shift["expected"], shift["difference"], shift["report"]) == (None, None, None)

    counter.close(shift_id, 105)
    shift = counter.get(shift_id)
    assert (shift["expected"], shift["difference"], shift["report"]["cash"]["expected"]) == (110, -5, 110)


def test_the_permission_to_read_shifts_is_needed(shop: Shop, counter: Counter) -> None:
    assert_needs("shifts:read", shop, get_shift.handler, id=counter.opened())


def test_another_merchants_shift_does_not_exist(counter: Counter) -> None:
    reply = Shop.open().call(get_shift.handler, id=counter.opened())

    assert (reply.status, reply.code) == (404, "shift.not_found")
