"""Barcodes that scales print."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog import scales
from catalog.models import ScaleFormat, Sellable
from catalog.scales import DEFAULT, Label, decode, plus
from pos.errors import Invalid

PRICE = ScaleFormat(prefix="23", kind="price")


def ean13(digits: str) -> str:
    """These 12 digits with their check digit, reckoned as GS1 explains it: from the right, weights 3 and 1."""
    total = sum(int(digit) * (3, 1)[place % 2] for place, digit in enumerate(reversed(digits)))
    return digits + str((10 - total % 10) % 10)


def sellable(**fields: Any) -> Sellable:
    return Sellable.model_validate(
        {"variant_id": "v", "product_id": "p", "name": "Apel", "sku": None, "barcode": None, "price": 1, "tax_ids": ()}
        | {"track_stock": True, "stock_policy": None, "unit": "kg"}
        | fields
    )


@given(st.text("0123456789", min_size=12, max_size=12))
def test_check_digits_are_those_of_gs1(digits: str) -> None:
    assert f"{digits}{scales._check_digit(digits)}" == ean13(digits)


def test_check_digits_are_those_of_known_barcodes() -> None:
    for known in ("4006381333931", "5901234123457", "2112345015002"):
        assert scales._check_digit(known[:12]) == int(known[12])


def test_the_example_of_odoos_documentation_weighs_a_kilogram_and_a_half() -> None:
    label = decode("2112345015002", DEFAULT)

    assert label is not None
    assert (label.plu, label.quantity(sellable(), 1, 0), label.amount(0)) == ("12345", Decimal("1.5"), None)


def test_what_is_sold_by_the_gram_is_weighed_in_grams() -> None:
    label = decode(ean13("211234501500"), DEFAULT)

    assert label is not None and label.quantity(sellable(unit="g"), 1, 0) == 1500


@pytest.mark.parametrize(("minor_units", "amount"), [(0, 1250), (2, 1250), (3, 1250)])
def test_a_price_is_in_the_currencys_own_units(minor_units: int, amount: int) -> None:
    label = decode(ean13("231234501250"), DEFAULT)

    assert label is not None and label.amount(minor_units) == amount


@pytest.mark.parametrize(
    ("decimals", "minor_units", "amount"), [(2, 2, 1200), (0, 2, 120_000), (2, 0, 12), (1, 2, 12_000)]
)
def test_a_prices_decimals_may_differ_from_the_currencys(decimals: int, minor_units: int, amount: int) -> None:
    label = Label("1", PRICE.model_copy(update={"decimals": decimals}), 1200)

    assert label.amount(minor_units) == amount


def test_a_price_finer_than_the_currency_is_refused() -> None:
    with pytest.raises(Invalid, match="decimals"):
        Label("1", PRICE.model_copy(update={"decimals": 2}), 1250).amount(0)


@given(price=st.integers(1000, 10**6), grams=st.integers(1, 99_999))
def test_the_weight_behind_a_price_is_found_again(price: int, grams: int) -> None:
    printed = Label("1", PRICE, round(price * grams / 1000) or 1)

    quantity = printed.quantity(sellable(), price, 0)

    assert abs(quantity * 1000 - grams) <= Decimal(1)


def test_a_price_label_on_a_piece_is_one_piece() -> None:
    label = Label("1", PRICE, 900)

    assert label.quantity(sellable(unit="piece"), 500, 0) == label.quantity(sellable(), 0, 0) == 1


def test_a_price_label_never_says_that_nothing_was_sold() -> None:
    assert Label("1", PRICE, 1).quantity(sellable(), 10**9, 0) == Decimal("0.001")


@given(
    prefix=st.integers(20, 29),
    item=st.integers(1, 10**6 - 1),
    digits=st.sampled_from([(4, 5), (4, 6), (5, 5), (6, 4), (5, 4)]),
    value=st.integers(1, 10**6 - 1),
)
def test_what_a_scale_prints_is_read_back(prefix: int, item: int, digits: tuple[int, int], value: int) -> None:
    item, value = item % 10 ** digits[0] or 1, value % 10 ** digits[1] or 1
    gap = "0" * (10 - sum(digits))
    printed = ean13(f"{prefix}{item:0{digits[0]}d}{gap}{value:0{digits[1]}d}")
    own = ScaleFormat(prefix=str(prefix), kind="price", item_digits=digits[0], value_digits=digits[1])

    label = decode(printed, [own])

    assert label is not None and (label.plu, label.value) == (str(item), value)
    assert label.plu in plus(printed)


def test_a_wrong_digit_is_noticed() -> None:
    good = ean13("211234501500")
    for place in range(2, 13):
        wrong = good[:place] + str((int(good[place]) + 1) % 10) + good[place + 1 :]
        with pytest.raises(Invalid, match="check digit"):
            decode(wrong, DEFAULT)


def test_a_value_of_nothing_is_refused() -> None:
    with pytest.raises(Invalid, match="says 0"):
        decode(ean13("211234500000"), DEFAULT)


@pytest.mark.parametrize(
    "other", ["", "KOPI", "8991234500017", "211234501500", "21123450150021", ean13("221234501500")]
)
def test_what_no_scale_of_the_merchant_printed_is_a_plain_barcode(other: str) -> None:
    assert decode(other, DEFAULT) is None


def test_only_what_a_scale_may_have_printed_is_looked_for_by_plu() -> None:
    assert plus("8991234500017") == plus("\uff12112345015002") == []
    assert plus("2100042015004") == ["4", "42", "420"]
