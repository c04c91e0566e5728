"""The inventory's rules."""

from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from inventory import rules
from inventory.models import Level

quantities = st.decimals(Decimal("0.001"), Decimal(1_000_000_000), places=3)
costs = st.decimals(0, Decimal(999_999_999_999), places=4)
averages = st.decimals(0, Decimal(999_999_999_999), places=6)


def level(on_hand: Decimal, cost: Decimal | None) -> Level:
    return Level(variant_id="var_1", location_id="loc_1", on_hand=on_hand, average_cost=cost, version=1, updated_at="")


@given(on_hand=quantities, average=averages, quantity=quantities, cost=costs)
def test_an_average_keeps_the_value_to_half_of_its_last_place(
    on_hand: Decimal, average: Decimal, quantity: Decimal, cost: Decimal
) -> None:
    after = Fraction(rules.average_cost(level(on_hand, average), quantity, cost))

    there, coming = Fraction(on_hand), Fraction(quantity)
    exact = there * Fraction(average) + coming * Fraction(cost)
    assert abs(after * (there + coming) - exact) <= (there + coming) / 2 / 10**6
    assert min(average, cost) <= after <= max(average, cost)


@given(on_hand=st.decimals(-1_000_000, 0, places=3), average=averages, quantity=quantities, cost=costs)
def test_nothing_on_hand_has_no_say_in_the_average(
    on_hand: Decimal, average: Decimal, quantity: Decimal, cost: Decimal
) -> None:
    assert rules.average_cost(level(on_hand, average), quantity, cost) == cost
    assert rules.average_cost(level(quantity, None), quantity, cost) == cost
    assert rules.average_cost(None, quantity, cost) == cost


@given(on_hand=quantities, cost=averages)
def test_worth_is_exact_half_up_and_alike_below_zero(on_hand: Decimal, cost: Decimal) -> None:
    exact = Fraction(on_hand) * Fraction(cost)

    assert -Fraction(1, 2) < rules.worth(on_hand, cost) - exact <= Fraction(1, 2)
    assert rules.worth(-on_hand, cost) == -rules.worth(on_hand, cost)
