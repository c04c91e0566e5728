"""Rules of customers."""

from hypothesis import given
from hypothesis import strategies as st

from customers import rules
from customers.models import LoyaltyTerms, PointsMove

MOVES = st.lists(st.builds(PointsMove, type=st.just("adjusted"), points=st.integers(-50, 50)), max_size=6)


def terms(earn_points: int = 1, earn_per: int = 10_000) -> LoyaltyTerms:
    return LoyaltyTerms(earn_points=earn_points, earn_per=earn_per, point_value=100, min_redeem=1)


def test_points_are_earned_for_whole_amounts_only() -> None:
    assert [rules.points_earned(terms(2), spent) for spent in (-5, 0, 9_999, 10_000, 29_999)] == [0, 0, 0, 2, 4]


@given(st.integers(1, 100), st.integers(1, 10**6), st.integers(0, 10**9), st.integers(0, 10**9))
def test_who_spends_more_earns_no_less_and_parts_earn_no_more_than_the_whole(
    points: int, per: int, one: int, other: int
) -> None:
    def earned(spent: int) -> int:
        return rules.points_earned(terms(points, per), spent)

    assert earned(one) <= earned(one + other)
    assert earned(one) + earned(other) <= earned(one + other)


@given(MOVES, st.integers(0, 300))
def test_the_needed_balance_is_just_enough_for_none_to_be_negative(moves: list[PointsMove], balance: int) -> None:
    after = [balance + sum(move.points for move in moves[: count + 1]) for count in range(len(moves))]

    assert (balance >= rules.points_needed(moves)) == (min([balance, *after]) >= 0)


@given(st.integers(-10, 100), st.integers(0, 100))
def test_what_is_taken_back_is_what_is_left_and_the_rest_is_written_down(due: int, balance: int) -> None:
    move = rules.taken_back(due, balance, "ord_1")

    if move is None:
        assert due <= 0
    else:
        assert -move.points + move.shortfall == due
        assert balance + move.points >= 0
        assert move.shortfall == 0 or balance + move.points == 0
