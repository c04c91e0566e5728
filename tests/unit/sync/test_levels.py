"""How stock is kept the same on both sides (sync.connectors.rules)"""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from sync.connectors import rules
from sync.connectors.models import LevelLink

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)

quarters = st.integers(-40, 80).map(lambda number: Decimal(number) / 4)
whole = st.integers(-10, 20).map(Decimal)
pieces = st.integers(0, 50).map(Decimal)


class TestSettling:
    @given(ours=st.none() | quarters, theirs=pieces, rounds=st.lists(st.tuples(quarters, whole)))
    def test_changes_of_both_sides_add_up_whatever_they_are(
        self, ours: Decimal | None, theirs: Decimal, rounds: list[tuple[Decimal, Decimal]]
    ) -> None:
        link: LevelLink | None = None
        expected = theirs if ours is None else ours
        for here, there in [(Decimal(0), Decimal(0)), *rounds]:
            if link is not None:
                ours, theirs = (ours or Decimal(0)) + here, theirs + there
                expected += here + there
            settled = rules.settle(link, ours, theirs)
            ours = (ours or Decimal(0)) + settled.here
            theirs = theirs if settled.there is None else settled.there
            link = settled.link
            assert ours == expected
            assert theirs + link.owed == expected  # what they cannot take is not forgotten

    @given(ours=quarters, theirs=pieces, change=quarters)
    def test_a_second_round_finds_nothing_to_do(self, ours: Decimal, theirs: Decimal, change: Decimal) -> None:
        first = rules.settle(None, ours, theirs)
        after = theirs if first.there is None else first.there

        again = rules.settle(first.link, ours + first.here, after)

        assert again.here == 0 and again.there is None and again.link == first.link

    @given(ours=quarters, theirs=pieces, sold=quarters, taken=st.booleans())
    def test_who_broke_off_while_telling_finds_out_whether_they_took_it(
        self, ours: Decimal, theirs: Decimal, sold: Decimal, taken: bool
    ) -> None:
        first = rules.settle(None, ours, theirs)
        theirs = theirs if first.there is None else first.there
        telling = rules.settle(first.link, ours - sold, theirs)
        now = telling.there if taken and telling.there is not None else theirs

        after = rules.settle(telling.telling, ours - sold, now)

        assert after.here == 0
        assert (after.there if after.there is not None else now) + after.link.owed == ours - sold

    def test_an_order_that_both_have_counted_moves_nothing(self) -> None:
        link = LevelLink(ours=Decimal(10), theirs=Decimal(10))

        settled = rules.settle(rules.both_took(link, Decimal(3)), Decimal(7), Decimal(7))

        assert settled.here == 0 and settled.there is None


class TestWhenToTryAgain:
    def test_after_the_interval_and_of_those_that_fail_for_long_later_and_later_up_to_an_hour(self) -> None:
        def minutes(failures: int, asked: float | None = None) -> float:
            return (rules.next_run(NOW, 5, failures, asked) - NOW) / timedelta(minutes=1)

        assert [minutes(failures) for failures in (0, 1, 10, 12, 13, 14, 15, 16, 99)] == [5, 5, 5, 5, 8, 16, 32, 60, 60]
        assert (minutes(1, 1200), minutes(1, 10**9)) == (20, 60)

    def test_who_was_down_for_minutes_is_caught_up_with_at_the_next_tick(self) -> None:
        failed = NOW + timedelta(seconds=50)
        for failures in (1, 5, 10):
            assert rules.next_run(failed, 1, failures, None) == NOW + timedelta(minutes=1)
        assert rules.next_run(failed, 1, 1, 20) == failed + timedelta(seconds=20)  # never before it wishes to be asked

    def test_a_run_that_ends_just_after_a_tick_of_the_schedule_is_due_at_the_next(self) -> None:
        ended = NOW + timedelta(seconds=3)
        assert rules.next_run(ended, 1, 0, None) <= NOW + timedelta(minutes=1)
