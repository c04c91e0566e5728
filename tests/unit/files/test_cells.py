"""Cells are read as people mean them, exactly or not at all."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from files.imports import cells, guessing
from files.imports.cells import Cell, Unreadable


@pytest.mark.parametrize(
    ("cell", "mark", "value"),
    [
        ("1234.5", ".", "1234.5"),
        ("1,234.50", ".", "1234.50"),
        ("1.234,50", ",", "1234.50"),
        ("1 234,5", ",", "1234.5"),
        ("1\u202f234,5", ",", "1234.5"),
        ("1'234.5", ".", "1234.5"),
        ("Rp15.000", ",", "15000"),
        ("Rp. 15.000", ",", "15000"),
        ("IDR 15.000,00", ",", "15000.00"),
        ("$4.99", ".", "4.99"),
        ("4,99 €", ",", "4.99"),
        ("-$5", ".", "-5"),
        ("+5", ".", "5"),
        ("5.", ".", "5"),
        ("0.125", ".", "0.125"),
        (Decimal("0.3"), ",", "0.3"),
        ("12,345,678", ".", "12345678"),
    ],
)
def test_a_number_is_read_as_it_is_written(cell: Cell, mark: Any, value: str) -> None:
    assert cells.number(cell, mark) == Decimal(value)


@pytest.mark.parametrize(
    ("cell", "mark"),
    [
        ("1,23", "."),
        ("1.23", ","),
        ("0.125", ","),
        ("1,2345", "."),
        ("1.2.3", "."),
        ("12,34,567", "."),
        ("abc", "."),
        ("1e5", "."),
        ("5 kg", "."),
        ("٣", "."),
        ("--5", "."),
        ("NaN", "."),
        ("9" * 21, "."),
        (True, "."),
    ],
)
def test_what_could_mean_something_else_is_refused(cell: Cell, mark: Any) -> None:
    with pytest.raises(Unreadable):
        cells.number(cell, mark)


@pytest.mark.parametrize(
    ("cell", "mark", "units", "amount"),
    [
        ("15.000", ",", 0, 15000),
        ("15000.00", ".", 0, 15000),
        ("4.5", ".", 2, 450),
        ("1,234.56", ".", 2, 123456),
        ("1.234", ".", 3, 1234),
        (Decimal("19.99"), ",", 2, 1999),
        (Decimal(15000), ".", 0, 15000),
        ("", ".", 2, None),
        (None, ".", 2, None),
    ],
)
def test_money_becomes_whole_minor_units(cell: Cell, mark: Any, units: int, amount: int | None) -> None:
    assert cells.money(cell, mark, units) == amount


@pytest.mark.parametrize(
    ("cell", "units", "code"),
    [
        ("15.000", 0, "cell.ambiguous_number"),
        ("Rp 15.000", 2, "cell.ambiguous_number"),
        ("1.5", 0, "cell.too_many_decimals"),
        ("-1", 2, "cell.out_of_range"),
        ("9007199254740993", 0, "cell.out_of_range"),
    ],
)
def test_money_that_the_currency_does_not_have_is_refused(cell: str, units: int, code: str) -> None:
    with pytest.raises(Unreadable) as refused:
        cells.money(cell, ".", units)
    assert refused.value.code == code


@given(st.integers(0, 10**12), st.sampled_from([0, 2, 3]), st.sampled_from([".", ","]), st.booleans())
def test_money_written_either_way_comes_back(amount: int, units: int, mark: Any, grouped: bool) -> None:
    whole, parts = divmod(amount, 10**units)
    other = "," if mark == "." else "."
    written = (f"{whole:,}".replace(",", other) if grouped else str(whole)) + (
        f"{mark}{parts:0{units}}" if units else ""
    )

    assert cells.money(written, mark, units) == amount


@pytest.mark.parametrize(
    ("written", "code"),
    [("00123", "00123"), ("'7210448301122", "7210448301122"), (" K-1 ", "K-1"), (Decimal(8991234), "8991234")],
)
def test_a_code_keeps_its_digits(written: Cell, code: str) -> None:
    assert cells.code(written) == code


def test_a_code_that_a_spreadsheet_cut_is_refused() -> None:
    with pytest.raises(Unreadable) as refused:
        cells.code("8,99123E+12")
    assert refused.value.code == "cell.digits_lost"


@pytest.mark.parametrize(("cell", "value"), [("Y", True), ("tidak", False), (True, True), ("", None), ("0", False)])
def test_a_flag_is_yes_or_no_in_several_words(cell: Cell, value: bool | None) -> None:
    assert cells.flag(cell) is value


@pytest.mark.parametrize(
    ("cell", "value"),
    [("1990-02-28", "1990-02-28"), ("1990/02/28", "1990-02-28"), ("1990-02-28T00:00:00", "1990-02-28")],
)
def test_a_day_is_read(cell: Cell, value: str) -> None:
    assert cells.day(cell) == value


@pytest.mark.parametrize("cell", ["03/04/1990", "1990-02-30", "soon"])
def test_a_day_that_could_be_two_is_refused(cell: str) -> None:
    with pytest.raises(Unreadable):
        cells.day(cell)


@pytest.mark.parametrize(
    ("money", "quantities", "maker", "currency", "units", "mark"),
    [
        (["15.000", "9.500"], [], None, "IDR", 0, ","),
        (["15,000", "9,500"], [], None, "IDR", 0, "."),
        (["1.234,50"], [], None, "USD", 2, ","),
        (["4.99", "1,234.00"], [], None, "EUR", 2, "."),
        (["4,99"], [], "shopify", "USD", 2, ","),
        (["5"], ["1.500"], None, "IDR", 0, ","),
        (["5"], ["1.500"], "kasir", "IDR", 0, "."),
        (["5"], ["0.125", "2"], None, "IDR", 0, "."),
        ([Decimal("4.5")], [], None, "USD", 2, "."),
        (["1.500"], [], None, "KWD", 3, "."),
    ],
)
def test_the_mark_is_guessed_from_what_can_be_read_in_one_way(
    money: list[Cell], quantities: list[Cell], maker: str | None, currency: str, units: int, mark: str
) -> None:
    assert guessing.decimal_mark(money, quantities, maker, currency, units) == mark
