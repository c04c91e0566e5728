"""Rules of webhooks"""

import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pos import outbound
from webhooks import rules
from webhooks.models import EVENT_TYPES, PATTERNS
from webhooks.rules import Position

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)


class TestPositions:
    @given(st.integers(0, 10**12 - 1), st.integers(0, 98))
    def test_a_position_is_read_from_its_text(self, page: int, index: int) -> None:
        assert Position.parse(str(Position(page, index))) == Position(page, index)

    @given(st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 98)), min_size=2))
    def test_positions_are_in_the_order_of_the_feed(self, places: list[tuple[int, int]]) -> None:
        assert [(one.page, one.index) for one in sorted(Position(*place) for place in places)] == sorted(places)

    @pytest.mark.parametrize("text", ["", "1", "1.", ".1", "1.2.3", "-1.0", "1.-1", " 1.0", "¹.0", "1.0x", "9" * 30])
    def test_any_other_text_is_no_position(self, text: str) -> None:
        with pytest.raises(ValueError):
            Position.parse(text)


class TestSubscriptions:
    @pytest.mark.parametrize("pattern", ["order.completed", "order.*", "*"])
    def test_a_pattern_covers_the_type_it_names(self, pattern: str) -> None:
        assert rules.wants([pattern], "order.completed")

    @pytest.mark.parametrize("pattern", ["order.created", "orders.*", "ord.*", "product.*", "order"])
    def test_a_pattern_covers_nothing_else(self, pattern: str) -> None:
        assert not rules.wants([pattern], "order.completed")

    @given(st.sets(st.sampled_from(sorted(PATTERNS))), st.sampled_from(sorted(EVENT_TYPES)))
    def test_several_patterns_cover_what_one_of_them_covers(self, patterns: set[str], event_type: str) -> None:
        assert rules.wants(patterns, event_type) == any(rules.wants([pattern], event_type) for pattern in patterns)


class TestWhatIsSent:
    HEAD: ClassVar = {"id": "evt_1", "type": "order.created", "entity": {"id": "ord_1"}}

    def test_up_to_20_kb_it_is_the_body_itself(self) -> None:
        body = json.dumps(self.HEAD | {"data": ""}, separators=(",", ":")).encode()
        longest = body[:-2] + b"x" * (20_480 - len(body)) + body[-2:]

        assert rules.sent("evt_1", longest) == longest
        longer = longest[:-2] + b"x" + longest[-2:]
        assert json.loads(rules.sent("evt_1", longer)) == self.HEAD | {"data": None, "data_url": "/v1/events/evt_1"}

    @given(st.text(min_size=1))
    def test_a_long_one_is_thin_whatever_its_data_says(self, text: str) -> None:
        data = {"name": text, "data": {"data": ',"data":'}, "filler": "x" * 20_480}
        body = json.dumps(self.HEAD | {"data": data}, separators=(",", ":")).encode()

        assert json.loads(rules.sent("evt_1", body)) == self.HEAD | {"data": None, "data_url": "/v1/events/evt_1"}


class TestRetries:
    def test_thirteen_attempts_take_three_days(self) -> None:
        delays = [rules.retry_delay(attempt, 0.5) for attempt in range(1, 14)]

        assert delays[:3] == [5, 30, 120]
        assert delays[12] is None
        assert timedelta(hours=70) < timedelta(seconds=sum(delay or 0 for delay in delays)) < timedelta(days=3)

    @given(st.integers(1, 12), st.floats(0, 1))
    def test_delays_spread_by_a_fifth(self, attempt: int, random: float) -> None:
        delay, middle = rules.retry_delay(attempt, random), rules.retry_delay(attempt, 0.5)
        assert delay is not None and middle is not None
        assert 0.79 * middle < delay < 1.21 * middle

    def test_a_receivers_wish_is_honoured_up_to_an_hour(self) -> None:
        assert rules.retry_delay(1, 0.5, 1200) == 1200
        assert rules.retry_delay(1, 0.5, 10**9) == 3600
        assert rules.retry_delay(1, 0.5, 1) == 5
        assert rules.retry_delay(13, 0.5, 1) is None

    def test_retry_after_is_a_number_or_a_date(self) -> None:
        later = format_datetime(NOW + timedelta(seconds=90), usegmt=True)
        assert outbound.retry_after("120", NOW) == 120
        assert outbound.retry_after(later, NOW) == 90
        assert outbound.retry_after(format_datetime(NOW - timedelta(days=1), usegmt=True), NOW) == 0
        assert outbound.retry_after("Tue, 24 Nov 2026 09:31:00 -0000", NOW) == 60
        for nonsense in (None, "", "soon", "-5", "1e9", "²", "9" * 5000):
            assert outbound.retry_after(nonsense, NOW) in (None, 9_999_999_999)
