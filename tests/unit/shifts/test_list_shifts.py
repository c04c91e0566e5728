"""list_shifts"""

from shifts import list_shifts
from tests.support.contract import all_pages, assert_needs
from tests.support.samples import sample
from tests.support.shop import Shop, send
from tests.unit.shifts.counter import Counter


def test_the_sample_event_answers_the_registers_open_shift(shop: Shop, counter: Counter) -> None:
    counter.close(counter.opened(), 0)
    shift_id = counter.opened()

    reply = send(list_shifts.handler, sample("shifts", "list_shifts", shop))

    assert (reply.status, [shift["id"] for shift in reply.json["items"]]) == (200, [shift_id])


def test_shifts_come_by_opening_newest_first(shop: Shop, counter: Counter) -> None:
    other = counter.beside("R2")
    ids = []
    for one in (counter, other, counter):
        ids.append(one.opened())
        one.close(ids[-1], 0)

    listed = all_pages(shop, list_shifts.handler, 2)
    assert [shift["id"] for shift in listed] == ids[::-1]
    assert listed[0] == counter.get(ids[2])
    assert [shift["id"] for shift in counter.shifts(register_id=counter.register_id)] == [ids[2], ids[0]]
    assert [shift["id"] for shift in counter.shifts(register_id=other.register_id)] == [ids[1]]


def test_open_ones_are_those_that_are_not_closed(counter: Counter) -> None:
    other = counter.beside("R2")
    first, second = counter.opened(), other.opened()
    assert [shift["id"] for shift in counter.shifts(open="true")] == [second, first]

    counter.close(first, 0)

    assert [shift["id"] for shift in counter.shifts(open="true")] == [second]
    assert counter.shifts(open="true", register_id=counter.register_id) == []
    assert len(counter.shifts(open="false")) == 2


def test_the_permission_to_read_shifts_is_needed(shop: Shop) -> None:
    assert_needs("shifts:read", shop, list_shifts.handler)


def test_another_merchants_shifts_are_not_listed(counter: Counter) -> None:
    counter.opened()

    for query in ({}, {"open": "true"}, {"register_id": counter.register_id}):
        assert Shop.open().call(list_shifts.handler, query=query).json["items"] == []


def test_what_cannot_be_asked_is_refused(shop: Shop) -> None:
    for query, pointer in (({"open": "perhaps"}, "?open"), ({"register_id": "1"}, "?register_id")):
        assert shop.call(list_shifts.handler, query=query).pointers == [pointer]
