from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench import groceries
from bench.groceries import Selection

CENTS = st.integers(min_value=0, max_value=100_000)
THOUSANDTHS = st.integers(min_value=1, max_value=200_000)


@pytest.fixture(scope="module")
def week() -> Selection:
    """A whole week of every store: some 3,000 baskets and 28,000 lines."""
    return groceries.select(week=20)


@pytest.fixture(scope="module")
def default() -> Selection:
    return groceries.select(store=groceries.DEFAULT_STORE, baskets=500)


@given(thousandths=THOUSANDTHS, paid=CENTS, taken_off=CENTS)
def test_a_line_rebuilds_to_exactly_what_was_paid(thousandths: int, paid: int, taken_off: int) -> None:
    quantity = Decimal(thousandths) / 1000
    line = groceries.build_line(1, quantity, paid + taken_off, paid)
    assert int((line.price * quantity).quantize(Decimal(1), ROUND_HALF_UP)) - line.discount == paid
    assert line.discount >= 0


@given(thousandths=THOUSANDTHS, paid=CENTS, taken_off=CENTS)
def test_a_line_takes_the_lowest_price_that_reaches_what_was_paid_from_the_shelf_price_on(
    thousandths: int, paid: int, taken_off: int
) -> None:
    quantity = Decimal(thousandths) / 1000
    line = groceries.build_line(1, quantity, paid + taken_off, paid)
    shelf_price = (paid + taken_off) / quantity
    if abs(line.price - shelf_price) > Decimal("0.5"):
        one_cent_less = ((line.price - 1) * quantity).quantize(Decimal(1), ROUND_HALF_UP)
        assert line.price > shelf_price and one_cent_less < paid


@pytest.mark.parametrize(
    ("quantity", "shelf", "paid", "price", "discount"),
    [
        ("2", 358, 278, 179, 80),  # a loyalty discount that divides
        ("3", 100, 100, 34, 2),  # three for a dollar: 33 cents would be too little
        ("3", 150, 100, 50, 50),
        ("8.725", 2007, 2006, 230, 1),  # petrol at 2.30 a gallon
        ("1", 0, 0, 0, 0),
    ],
)
def test_lines_of_the_data_come_out_as_on_a_receipt(
    quantity: str, shelf: int, paid: int, price: int, discount: int
) -> None:
    line = groceries.build_line(1, Decimal(quantity), shelf, paid)
    assert (line.price, line.discount) == (price, discount)


def test_every_line_of_a_real_week_rebuilds_and_the_sums_are_those_of_pandas(week: Selection) -> None:
    baskets = list(groceries.iterate_baskets(week))
    totals = groceries.sum_up(week)
    quantities: dict[int, Decimal] = {}
    for line in (line for basket in baskets for line in basket.lines):
        gross = int((line.price * line.quantity).quantize(Decimal(1), ROUND_HALF_UP))
        assert gross - line.discount == line.paid and line.discount >= 0
        quantities[line.product_id] = quantities.get(line.product_id, Decimal(0)) + line.quantity
    assert len(baskets) == totals.sales > 2000
    assert sum(basket.paid for basket in baskets) == totals.total
    assert quantities == totals.quantities
    for day, expected in totals.days.items():
        sold = [basket.paid for basket in baskets if basket.sold_at.date() == day]
        assert (len(sold), sum(sold)) == (expected.sales, expected.total)


def test_baskets_taken_out_by_id_are_in_no_total(default: Selection) -> None:
    taken, *kept = groceries.iterate_baskets(default)
    totals = groceries.sum_up(default, without={taken.id})
    assert totals.sales == len(kept)
    assert totals.total == sum(basket.paid for basket in kept)


def test_the_default_selection_holds_every_kind_of_line(default: Selection) -> None:
    baskets = list(groceries.iterate_baskets(default))
    lines = [line for basket in baskets for line in basket.lines]
    assert len(baskets) == 500
    assert len({basket.id for basket in baskets}) == 500
    assert default.left_out > 0
    assert any(line.quantity % 1 for line in lines)
    assert any(line.price == 0 for line in lines)
    assert any(line.quantity > 1 and line.discount for line in lines)


def test_petrol_is_sold_by_the_gallon_and_prepaid_petrol_by_the_piece() -> None:
    petrol = groceries._petrol_ids()
    lines = [line for basket in groceries.iterate_baskets(groceries.select(week=2)) for line in basket.lines]
    fills = [line for line in lines if line.product_id in petrol]
    metered = [line for line in fills if line.quantity != 1]
    assert metered and all(150 < line.price < 600 for line in metered)
    assert any(line.quantity == 1 and line.price >= 500 for line in fills)


def test_a_store_without_baskets_is_refused() -> None:
    with pytest.raises(groceries.NoSuchBaskets, match="store 1 "):
        groceries.select(store=1)


def test_products_have_a_name_a_valid_barcode_and_the_commonest_shelf_price(default: Selection) -> None:
    ids = {line.product_id for basket in groceries.iterate_baskets(default) for line in basket.lines}
    products = groceries.list_products(ids)
    assert [product.id for product in products] == sorted(ids)
    assert all(product.name and product.department and product.price >= 0 for product in products)
    assert len({product.barcode for product in products}) == len(products)
    for product in products:
        digits = [int(digit) for digit in product.barcode]
        assert len(digits) == 13
        assert (sum(digits[::2]) + 3 * sum(digits[1::2])) % 10 == 0


def test_the_check_digit_is_that_of_gs1s_own_example() -> None:
    # https://www.gs1.org/services/how-calculate-check-digit-manually: 6291041500213
    assert groceries.compute_check_digit("629104150021") == 3


def test_the_best_seller_is_the_product_in_most_baskets() -> None:
    products = groceries.list_best_sellers(3)
    assert len(products) == 3
    assert "Banana" in " ".join(product.name for product in products)
