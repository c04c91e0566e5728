"""Rounding, spreading and minor units."""

from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal, localcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pos.errors import Invalid
from pos.money import MAX_AMOUNT, MINOR_UNITS, Rounding, allocate, minor_units, round_ratio, round_to_step

amounts = st.integers(-MAX_AMOUNT, MAX_AMOUNT)
modes = st.sampled_from(Rounding)
weights = st.lists(st.integers(0, 10**9), min_size=1, max_size=30)

DECIMAL_MODES = {
    Rounding.HALF_UP: ROUND_HALF_UP,
    Rounding.HALF_EVEN: ROUND_HALF_EVEN,
    Rounding.DOWN: ROUND_DOWN,
}


@pytest.mark.parametrize(
    ("halves", "half_up", "half_even", "down"),
    [(5, 3, 2, 2), (7, 4, 4, 3), (1, 1, 0, 0), (-1, -1, 0, 0), (-5, -3, -2, -2), (-7, -4, -4, -3), (0, 0, 0, 0)],
)
def test_ties_go_where_the_mode_says(halves: int, half_up: int, half_even: int, down: int) -> None:
    assert round_ratio(halves, 2, Rounding.HALF_UP) == half_up
    assert round_ratio(halves, 2, Rounding.HALF_EVEN) == half_even
    assert round_ratio(halves, 2, Rounding.DOWN) == down


@given(amounts, st.integers(0, 12), modes)
def test_rounding_agrees_with_the_decimal_module(numerator: int, places: int, mode: Rounding) -> None:
    with localcontext(prec=40):
        exact = Decimal(numerator).scaleb(-places)
        assert round_ratio(numerator, 10**places, mode) == exact.quantize(Decimal(1), DECIMAL_MODES[mode])


@given(amounts, st.integers(1, 10**6), modes)
def test_a_negative_amount_rounds_as_the_mirror_of_the_positive_one(
    numerator: int, denominator: int, mode: Rounding
) -> None:
    assert round_ratio(-numerator, denominator, mode) == -round_ratio(numerator, denominator, mode)


@given(amounts, st.integers(2, 10**6), modes)
def test_a_step_gives_a_multiple_less_than_a_step_away(amount: int, step: int, mode: Rounding) -> None:
    rounded = round_to_step(amount, step, mode)

    assert rounded % step == 0
    assert abs(rounded - amount) < step
    assert mode is Rounding.DOWN or 2 * abs(rounded - amount) <= step


@given(amounts, st.sampled_from([0, 1]), modes)
def test_no_step_leaves_the_amount_as_it_is(amount: int, step: int, mode: Rounding) -> None:
    assert round_to_step(amount, step, mode) == amount


@given(amounts, weights)
def test_spreading_loses_nothing(total: int, weights: list[int]) -> None:
    assert sum(allocate(total, weights)) == total


@given(amounts, weights.filter(any))
def test_each_part_is_within_one_unit_of_its_exact_share(total: int, weights: list[int]) -> None:
    whole = sum(weights)
    for part, weight in zip(allocate(total, weights), weights, strict=True):
        assert abs(part * whole - total * weight) < whole
        assert weight or not part


@given(amounts, st.integers(1, 20))
def test_equal_weights_give_the_odd_units_to_the_earlier(total: int, count: int) -> None:
    parts = allocate(total, [7] * count)

    assert parts == sorted(parts, key=abs, reverse=True)
    assert max(parts) - min(parts) <= 1


@given(amounts, st.integers(1, 20))
def test_weights_that_are_all_zero_count_alike(total: int, count: int) -> None:
    assert allocate(total, [0] * count) == allocate(total, [1] * count)


@given(st.integers(0, MAX_AMOUNT), weights)
def test_no_part_exceeds_its_weight_when_the_total_does_not_exceed_their_sum(total: int, weights: list[int]) -> None:
    total = min(total, sum(weights))

    assert all(0 <= part <= weight for part, weight in zip(allocate(total, weights), weights, strict=True))


def test_nothing_is_spread_over_nothing() -> None:
    assert allocate(0, []) == []


@pytest.mark.parametrize(("total", "weights"), [(1, []), (5, [1, -1, 2])])
def test_what_cannot_be_spread_is_an_error(total: int, weights: list[int]) -> None:
    with pytest.raises(ValueError):
        allocate(total, weights)


@pytest.mark.parametrize(("currency", "digits"), [("IDR", 0), ("JPY", 0), ("USD", 2), ("EUR", 2), ("KWD", 3)])
def test_currencies_have_their_minor_units(currency: str, digits: int) -> None:
    assert minor_units(currency) == digits


def test_every_code_is_three_capitals() -> None:
    assert all(len(code) == 3 and code.isascii() and code.isupper() for code in MINOR_UNITS)


@pytest.mark.parametrize("currency", ["", "usd", "XXX", "ZZZ", "US"])
def test_an_unknown_currency_is_refused(currency: str) -> None:
    with pytest.raises(Invalid) as refusal:
        minor_units(currency)
    assert (refusal.value.code, refusal.value.pointer) == ("currency.unknown", "/currency")
