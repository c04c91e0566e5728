"""What a register's counter promises, whoever counts"""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders.numbering import Counter, offline_number, possible_days, receipt_number
from pos.errors import DomainError

DAY = date(2026, 11, 24)
ZONES = [ZoneInfo(name) for name in sorted(available_timezones())]


@given(st.lists(st.none() | st.integers(min_value=1, max_value=30), max_size=60))
def test_no_number_is_given_twice_and_none_is_refused_that_nobody_has(requests: list[int | None]) -> None:
    counter, given_out = Counter(0, DAY, 0), set[str]()
    for request in requests:
        wanted = None if request is None else receipt_number("R1", DAY, request)
        if wanted in given_out:
            with pytest.raises(DomainError, match="Another sale"):
                counter.give("R1", request)
            continue
        counter, number = counter.give("R1", request)
        assert wanted in (None, number)
        assert number not in given_out
        given_out.add(number)
    assert counter.version == len(given_out)


@given(st.lists(st.integers(min_value=1, max_value=30), unique=True))
def test_what_is_skipped_is_just_what_nobody_has_below_the_last(requests: list[int]) -> None:
    counter = Counter(0, DAY, 0)
    for request in requests:
        counter, _ = counter.give("R1", request)

    skipped = {number for first, last in counter.skipped for number in range(first, last + 1)}
    assert skipped == set(range(1, counter.last + 1)) - set(requests)
    assert all(first <= last for first, last in counter.skipped)


@given(st.permutations(range(1, 9)), st.integers(min_value=0, max_value=8))
def test_a_register_that_counts_on_by_itself_leaves_no_gap_in_whatever_order_its_sales_come(
    order: list[int], online: int
) -> None:
    counter = Counter(0, DAY, 0)
    for _ in range(online):
        counter, _ = counter.give("R1")
    for number in order:
        counter, _ = counter.give("R1", online + number)

    assert (counter.last, counter.skipped) == (online + 8, ())


@given(st.integers(min_value=1, max_value=9999), st.dates(min_value=date(2000, 1, 1)))
def test_a_printed_number_reads_back(number: int, day: date) -> None:
    assert offline_number(receipt_number("R1", day, number), "R1", day) == number


@given(st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001 - bounds
def test_it_is_one_of_the_possible_days_everywhere_on_earth(moment: datetime) -> None:
    days = possible_days(moment)

    assert {moment.astimezone(zone).date() for zone in ZONES} <= set(days)
    assert len(days) in (2, 3)
