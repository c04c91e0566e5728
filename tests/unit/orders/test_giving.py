"""What is given away by hand on an order, and whether that is above a limit, for whatever the pricing makes."""

from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from orders import giving, rules
from orders.giving import Limit
from orders.models import Order, OrderDiscount, OrderLine, OrderModifier, Policy
from pos import clock
from pos.documents import stamp

POLICY = Policy(currency="IDR", minor_units=0, tax_rounding="per_line", rounding_mode="half_up", cash_rounding_step=0)
PERCENT = st.decimals("0.01", "100", places=2)
QUANTITY = st.decimals("0.001", "20", places=3)
LINES = st.lists(st.tuples(st.integers(0, 200_000), QUANTITY), min_size=1, max_size=5)


def line(number: int, price: int, quantity: Decimal, **fields: Any) -> OrderLine:
    """A line whose figures are still to be computed."""
    figures: dict[str, Any] = dict.fromkeys(("gross", "discount", "service_charge", "net", "tax", "total"), 0)
    names: dict[str, Any] = dict.fromkeys(("variant_id", "product_id", "sku"))
    return OrderLine(
        id=f"lin_{number}",
        name="Kopi",
        quantity=quantity,
        price=price,
        stock_tracked=False,
        **names,
        **figures,
        **fields,
    )


def order(lines: list[OrderLine], *discounts: OrderDiscount) -> Order:
    """An order of these lines, computed."""
    figures = rules.figured(lines, discounts, (), 0, {}, POLICY)
    settled = rules.settled_anew((), figures["total"], POLICY)
    return Order(
        id="ord_sale0001",
        number="1",
        status="open",
        time_zone="Asia/Jakarta",
        line_count=len(lines),
        location_id="loc_1234",
        register_id=None,
        payments=(),
        policy=POLICY,
        **figures,
        **settled,
        **stamp(clock.now()),
    )


def off(percent: Decimal | None = None, amount: int | None = None, promotion: str | None = None) -> OrderDiscount:
    """A discount, still to be applied."""
    return OrderDiscount(name="Off", percent=percent, amount=amount, applied=0, promotion_id=promotion)


@given(LINES, PERCENT, st.booleans())
def test_a_percentage_of_no_more_than_the_limit_is_never_above_it(
    lines: list[tuple[int, Decimal]], percent: Decimal, by_line: bool
) -> None:
    discount = off(percent)
    own, whole = ((discount,), ()) if by_line else ((), (discount,))
    made = order([line(number, *one, discounts=own) for number, one in enumerate(lines)], *whole)

    assert not giving.is_above(made, Limit(percent, None))


@given(LINES, PERCENT, PERCENT)
def test_a_percentage_that_takes_more_than_the_limit_and_its_rounding_is_above_it(
    lines: list[tuple[int, Decimal]], given_percent: Decimal, limit: Decimal
) -> None:
    made = order([line(number, *one) for number, one in enumerate(lines)], off(given_percent))

    allowed = made.subtotal * limit / 100
    if giving.discounted(made) >= allowed + len(lines):
        assert giving.is_above(made, Limit(limit, None))


@given(LINES, st.integers(1, 300_000), st.integers(0, 300_000))
def test_an_amount_is_above_the_limit_exactly_if_it_is_more(
    lines: list[tuple[int, Decimal]], amount: int, limit: int
) -> None:
    bare = order([line(number, *one) for number, one in enumerate(lines)])
    amount = min(amount, bare.subtotal)
    made = order([line(number, *one) for number, one in enumerate(lines)], *([off(amount=amount)] if amount else []))

    assert giving.discounted(made) == amount
    assert giving.is_above(made, Limit(None, limit)) == (amount > limit)


@given(LINES, PERCENT)
def test_promotions_are_not_given_by_hand_and_without_a_limit_nothing_is_above_it(
    lines: list[tuple[int, Decimal]], percent: Decimal
) -> None:
    promoted = order(
        [line(number, *one, discounts=(off(percent, promotion="prm_1"),)) for number, one in enumerate(lines)]
    )
    by_hand = order([line(number, *one, discounts=(off(percent),)) for number, one in enumerate(lines)])

    assert giving.discounted(promoted) == 0
    assert not giving.is_above(promoted, Limit(Decimal(0), 0))
    assert not giving.is_above(by_hand, Limit(None, None))


def test_ten_percent_of_each_line_and_ten_of_the_order_are_more_than_ten() -> None:
    made = order([line(1, 10_000, Decimal(1), discounts=(off(Decimal(10)),))], off(Decimal(10)))

    assert giving.discounted(made) == 1_900
    assert giving.is_above(made, Limit(Decimal(10), None))
    assert not giving.is_above(made, Limit(Decimal(19), None))


def test_half_off_one_line_is_above_ten_percent_however_large_the_order() -> None:
    made = order([line(1, 10_000, Decimal(1), discounts=(off(Decimal(50)),)), line(2, 900_000, Decimal(1))])

    assert giving.is_above(made, Limit(Decimal(10), None))


def test_a_modifier_of_ones_own_below_zero_is_a_discount() -> None:
    cheaper = OrderModifier(name="Friend", price=-4_000, quantity=1)
    made = order([line(1, 10_000, Decimal(2), modifiers=(cheaper,))])

    assert giving.discounted(made) == 8_000
    assert giving.is_above(made, Limit(Decimal(39), None))
    assert not giving.is_above(made, Limit(Decimal(40), None))
    of_the_catalog = order([line(1, 10_000, Decimal(2), modifiers=(cheaper.model_copy(update={"id": "mod_1"}),))])
    assert giving.discounted(of_the_catalog) == 0


def test_what_was_given_above_the_limit_may_stay_and_shrink_but_not_grow() -> None:
    limit = Limit(Decimal(10), None)
    few, more = (order([line(1, 10_000, Decimal(count))], off(Decimal(30))) for count in (1, 2))

    assert giving.goes_above(None, few, limit)
    assert not giving.goes_above(few, few, limit)
    assert not giving.goes_above(more, few, limit)
    assert giving.goes_above(few, more, limit)


def test_taking_goods_off_can_bring_a_discount_above_the_limit() -> None:
    whole = order([line(1, 50_000, Decimal(1)), line(2, 50_000, Decimal(1))], off(amount=10_000))
    rest = order([line(1, 50_000, Decimal(1))], off(amount=10_000))

    assert giving.goes_above(whole, rest, Limit(Decimal(10), None))


@given(st.integers(0, 10_000), st.integers(0, 10_000), QUANTITY, QUANTITY)
def test_selling_more_at_a_lowered_price_is_an_override_again(
    list_price: int, price: int, few: Decimal, more: Decimal
) -> None:
    few, more = min(few, more), max(few, more)
    before = order([line(1, price, few, list_price=list_price)])
    after = order([line(1, price, more, list_price=list_price)])

    assert giving.overrides(None, before)
    assert not giving.overrides(before, before)
    assert not giving.overrides(after, before)
    assert giving.overrides(before, after) == (giving.lowered(after) > giving.lowered(before))
    assert Decimal(giving.lowered(before)) >= (list_price - price) * few


def test_a_price_that_is_the_catalogs_is_no_override() -> None:
    assert not giving.overrides(None, order([line(1, 10_000, Decimal(1))]))
