"""Time."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from pos.clock import business_date, timestamp

moments = st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
changes = st.datetimes(datetime(2006, 10, 28, 22), datetime(2006, 10, 29, 8), timezones=st.just(UTC))  # noqa: DTZ001
"""Around clocks being set back, in St. John's at midnight."""
zones = st.sampled_from(
    [
        "UTC",
        "Asia/Jakarta",
        "America/St_Johns",
        "Europe/Berlin",
        "America/New_York",
        "Australia/Lord_Howe",
        "Asia/Kathmandu",
    ]
)
day_starts = st.builds("{:02}:{:02}".format, st.integers(0, 11), st.integers(0, 59))


@given(st.datetimes(timezones=st.just(UTC)), st.datetimes(timezones=st.just(UTC)))
def test_the_order_of_timestamps_as_text_is_their_order_in_time(first: datetime, second: datetime) -> None:
    assert len(timestamp(first)) == len("2026-11-24T09:30:00.000Z")
    if first <= second:
        assert timestamp(first) <= timestamp(second)


@given(moments, zones)
def test_a_timestamp_is_the_moment_to_the_millisecond_wherever_it_was_taken(moment: datetime, zone: str) -> None:
    read = datetime.fromisoformat(timestamp(moment.astimezone(ZoneInfo(zone))))

    assert timedelta(0) <= moment - read < timedelta(milliseconds=1)


@given(moments, zones, day_starts)
def test_a_moment_belongs_to_the_day_whose_start_on_the_shops_clock_it_follows(
    moment: datetime, zone: str, day_start: str
) -> None:
    local = moment.astimezone(ZoneInfo(zone))
    assume(local.fold == 0)  # of an hour that comes twice, the second may be of the day that the first began

    expected = local.date() if f"{local:%H:%M}" >= day_start else local.date() - timedelta(days=1)

    assert business_date(moment, zone, day_start) == expected


@given(moments | changes, st.integers(min_value=0, max_value=86_400), zones, day_starts)
def test_time_never_leads_back_to_an_earlier_day(moment: datetime, seconds: int, zone: str, day_start: str) -> None:
    later = moment + timedelta(seconds=seconds)

    assert business_date(moment, zone, day_start) <= business_date(later, zone, day_start)


@pytest.mark.parametrize(
    ("moment", "zone", "day_start", "day"),
    [
        ("2026-11-23T17:00:00Z", "Asia/Jakarta", "00:00", date(2026, 11, 24)),  # midnight there
        ("2026-11-23T16:59:59Z", "Asia/Jakarta", "00:00", date(2026, 11, 23)),
        ("2026-11-23T18:00:00Z", "Asia/Jakarta", "04:00", date(2026, 11, 23)),  # 01:00 in a bar
        ("2026-11-23T21:00:00Z", "Asia/Jakarta", "04:00", date(2026, 11, 24)),
        # clocks jump from 02:00 to 03:00: the day starts at 04:00 on the wall all the same
        ("2026-03-29T01:59:59Z", "Europe/Berlin", "04:00", date(2026, 3, 28)),
        ("2026-03-29T02:00:00Z", "Europe/Berlin", "04:00", date(2026, 3, 29)),
        # clocks fall back from 03:00 to 02:00
        ("2026-10-25T02:59:59Z", "Europe/Berlin", "04:00", date(2026, 10, 24)),
        ("2026-10-25T03:00:00Z", "Europe/Berlin", "04:00", date(2026, 10, 25)),
        # a day that starts in an hour that is left out starts with the next
        ("2026-03-29T00:59:59Z", "Europe/Berlin", "02:30", date(2026, 3, 28)),
        ("2026-03-29T01:00:00Z", "Europe/Berlin", "02:30", date(2026, 3, 29)),
        # one that starts in an hour that comes twice starts in the first, and goes on in the second
        ("2026-10-25T00:29:59Z", "Europe/Berlin", "02:30", date(2026, 10, 24)),
        ("2026-10-25T00:30:00Z", "Europe/Berlin", "02:30", date(2026, 10, 25)),
        ("2026-10-25T01:10:00Z", "Europe/Berlin", "02:30", date(2026, 10, 25)),  # 02:10 again
    ],
)
def test_business_dates_where_clocks_and_days_change(moment: str, zone: str, day_start: str, day: date) -> None:
    assert business_date(datetime.fromisoformat(moment), zone, day_start) == day
