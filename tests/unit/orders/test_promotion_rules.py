"""What promotions take off, whatever an order looks like."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from orders import rules
from orders.models import OrderDiscount, OrderLine, OrderModifier, OrderPromotion, OrderTax, Policy

IDS = ("prm_1", "prm_2", "prm_3")
TAX = OrderTax(tax_id="tax_1", name="PPN", rate=Decimal(11), included=False, base=0, amount=0)

percents = st.decimals(min_value=1, max_value=100, places=1)
policies = st.builds(
    Policy,
    currency=st.just("IDR"),
    minor_units=st.just(0),
    tax_rounding=st.sampled_from(["per_line", "per_order"]),
    rounding_mode=st.sampled_from(["half_up", "half_even", "down"]),
    cash_rounding_step=st.just(0),
)
manual = st.lists(st.builds(OrderDiscount, name=st.just("Friend"), percent=percents, applied=st.just(0)), max_size=2)


@st.composite
def lines(draw: st.DrawFn, *, whole: bool = False, discounts: Any = manual) -> OrderLine:
    quantity = st.integers(1, 9).map(Decimal)
    if not whole:
        quantity |= st.decimals(min_value="0.001", max_value=20, places=3)
    return line(
        draw(st.integers(0, 2_000)),
        draw(quantity),
        draw(st.lists(st.sampled_from(IDS), unique=True)),
        tuple(draw(discounts)),
        modifiers=tuple(OrderModifier(name="Extra", price=one, quantity=1) for one in draw(st.sampled_from([[], [5]]))),
    )


def line(
    price: int, quantity: Decimal, ids: Sequence[str], discounts: tuple[OrderDiscount, ...] = (), **fields: Any
) -> OrderLine:
    nothing: dict[str, Any] = dict.fromkeys(("gross", "discount", "service_charge", "net", "tax", "total"), 0)
    return OrderLine(
        id="lin_1",
        variant_id="var_1",
        product_id="prd_1",
        sku=None,
        name="Kopi",
        quantity=quantity,
        price=price,
        discounts=discounts,
        tax_ids=("tax_1",),
        promotion_ids=tuple(ids),
        stock_tracked=False,
        **nothing,
        **fields,
    )


@st.composite
def some_promotions(draw: st.DrawFn) -> list[OrderPromotion]:
    units = st.integers(1, 3)
    kinds = st.one_of(
        st.fixed_dictionaries({"percent": percents}),
        st.fixed_dictionaries({"percent": percents, "buy": units, "get": units}),
        st.integers(1, 5_000).flatmap(
            lambda minimum: st.fixed_dictionaries({"minimum": st.just(minimum), "amount": st.integers(1, minimum)})
        ),
        st.fixed_dictionaries({"minimum": st.integers(1, 5_000), "percent": percents}),
    )
    return [OrderPromotion(promotion_id=id, name=id, **draw(kinds)) for id in IDS]


def figured(sold: Sequence[OrderLine], promotions: Sequence[OrderPromotion] | None, policy: Policy) -> dict[str, Any]:
    return rules.figured(sold, (), (), 0, {"tax_1": TAX}, policy, promotions)


@given(st.lists(lines(), min_size=1, max_size=6), some_promotions(), policies)
def test_no_line_is_below_zero_and_no_discount_above_what_it_is_taken_from(
    sold: list[OrderLine], promotions: list[OrderPromotion], policy: Policy
) -> None:
    figures = figured(sold, promotions, policy)

    for one in figures["lines"]:
        assert 0 <= one.discount <= one.gross
        assert one.total >= 0
        assert sum(discount.promotion_id is not None for discount in one.discounts) <= 1
    assert figures["discount_total"] == sum(one.discount for one in figures["lines"])
    assert sum(discount.promotion_id is not None for discount in figures["discounts"]) <= 1


@given(st.lists(lines(), min_size=1, max_size=6), some_promotions(), policies)
def test_figuring_anew_changes_nothing(sold: list[OrderLine], promotions: list[OrderPromotion], policy: Policy) -> None:
    once = figured(sold, promotions, policy)

    again = rules.figured(once["lines"], once["discounts"], (), 0, {"tax_1": TAX}, policy, promotions)

    assert again == once


@given(st.lists(lines(), min_size=1, max_size=6), some_promotions(), policies)
def test_an_order_without_them_is_as_if_there_were_none(
    sold: list[OrderLine], promotions: list[OrderPromotion], policy: Policy
) -> None:
    with_them = figured(sold, promotions, policy)

    without = rules.figured(with_them["lines"], with_them["discounts"], (), 0, {"tax_1": TAX}, policy, None)

    assert without == figured(sold, (), policy)


@given(st.data(), st.lists(lines(), min_size=2, max_size=6), some_promotions(), policies)
def test_the_order_of_lines_does_not_change_what_is_paid(
    data: st.DataObject, sold: list[OrderLine], promotions: list[OrderPromotion], policy: Policy
) -> None:
    per_order = policy.model_copy(update={"tax_rounding": "per_order"})
    shuffled = data.draw(st.permutations(sold))

    assert figured(shuffled, promotions, per_order)["total"] == figured(sold, promotions, per_order)["total"]


@given(st.lists(lines(whole=True, discounts=st.just([])), min_size=1), st.integers(1, 4), st.integers(1, 4), policies)
def test_of_every_x_and_y_units_the_cheapest_y_are_free(
    sold: list[OrderLine], buy: int, get: int, policy: Policy
) -> None:
    promotion = OrderPromotion(promotion_id="prm_1", name="Free", percent=Decimal(100), buy=buy, get=get)
    units = sorted(
        one.price + sum(modifier.price for modifier in one.modifiers)
        for one in sold
        if "prm_1" in one.promotion_ids
        for _ in range(int(one.quantity))
    )

    figures = figured(sold, [promotion], policy)

    assert figures["discount_total"] == sum(units[: len(units) // (buy + get) * get])


def test_what_is_not_sold_whole_or_has_its_price_on_a_label_is_not_counted() -> None:
    promotion = OrderPromotion(promotion_id="prm_1", name="Free", percent=Decimal(100), buy=1, get=1)
    policy = Policy(
        currency="IDR", minor_units=0, tax_rounding="per_line", rounding_mode="half_up", cash_rounding_step=0
    )
    sold = [
        line(100, Decimal(1), ["prm_1"]),
        line(50, Decimal("2.5"), ["prm_1"]),
        line(50, Decimal(2), ["prm_1"], amount=90),
    ]

    assert figured(sold, [promotion], policy)["discount_total"] == 0
