"""What API models share."""

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from pos.model import Amount, Code, Difference, Input, Moment, Output, Percent, Quantity, Rate, Text, decimal_text


class Line(Input):
    quantity: Quantity = Decimal(1)
    change: Difference = Decimal(0)
    percent: Percent = Decimal(1)
    rate: Rate = Decimal(0)
    price: Amount = 0
    name: Text = "-"
    code: Code = "-"
    at: Moment = ""


def line(**fields: Any) -> Line:
    return Line.model_validate_json(json.dumps(fields))


def as_answered(field: str, value: Any) -> Any:
    return json.loads(line(**{field: value}).model_dump_json())[field]


@given(st.integers(min_value=1, max_value=10**12), st.integers(min_value=0, max_value=3))
def test_a_quantity_is_exact_in_and_out(thousandths: int, places: int) -> None:
    written = f"{thousandths // 1000}.{thousandths % 1000:03d}"

    assert line(quantity=written).quantity * 1000 == thousandths
    answered = as_answered("quantity", written)
    assert Decimal(answered) * 1000 == thousandths
    assert not ("." in answered and answered.endswith("0")), "the shortest"
    assert (
        as_answered("quantity", answered + ("" if "." in answered else "." + "0" * places if places else ""))
        == answered
    )


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**15), max_value=10**15, places=6))
def test_the_text_of_a_decimal_is_plain_and_equal_to_it(value: Decimal) -> None:
    text = decimal_text(value)

    assert Decimal(text) == value
    assert not set(text) - set("-.0123456789")
    assert decimal_text(Decimal(text)) == text != "-0"


def test_large_decimals_have_no_exponent() -> None:
    assert decimal_text(Decimal("1E+3")) == "1000"


@pytest.mark.parametrize("field", ["quantity", "change", "percent", "rate"])
@pytest.mark.parametrize(
    "value",
    [
        2,
        2.5,
        True,
        None,
        "",
        "x",
        "1e2",
        "+1",
        " 1",
        "1 ",
        "1_0",
        "1,5",
        ".5",
        "5.",
        "NaN",
        "Infinity",
        "0x1",
        "\uff11",
    ],
)
def test_only_a_plain_decimal_string_is_a_decimal(field: str, value: Any) -> None:
    with pytest.raises(ValidationError):
        line(**{field: value})


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("quantity", "0"),
        ("quantity", "-1"),
        ("quantity", "0.0001"),
        ("quantity", "1000000000.001"),
        ("change", "-1000000001"),
        ("percent", "0"),
        ("percent", "100.000001"),
        ("rate", "-0.1"),
        ("price", -1),
        ("price", 2**53),
        ("price", 1.0),
        ("price", "1"),
        ("price", False),
    ],
)
def test_what_lies_beyond_its_bounds_is_refused(field: str, value: Any) -> None:
    with pytest.raises(ValidationError):
        line(**{field: value})


@pytest.mark.parametrize(
    ("field", "value"),
    [("quantity", "0.001"), ("change", "-2.5"), ("percent", "100"), ("rate", "0"), ("price", 2**53 - 1)],
)
def test_the_bounds_themselves_are_within(field: str, value: Any) -> None:
    assert as_answered(field, value) == value


def test_nothing_is_taken_away_from_nothing() -> None:
    assert as_answered("change", "-0.0") == "0"


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("2026-11-24T09:30:00Z", "2026-11-24T09:30:00.000Z"),
        ("2026-11-24T16:30:00+07:00", "2026-11-24T09:30:00.000Z"),
        ("2026-11-24T09:30:00.123999Z", "2026-11-24T09:30:00.123Z"),
        ("0999-01-01T00:00:00Z", "0999-01-01T00:00:00.000Z"),
    ],
)
def test_a_moment_is_kept_in_utc_with_milliseconds(written: str, kept: str) -> None:
    assert line(at=written).at == kept


@pytest.mark.parametrize(
    "value",
    ["", "now", "2026-11-24", "2026-11-24T09:30:00", "2026-13-01T00:00:00Z", "0001-01-01T00:00:00+14:00", 1795512600],
)
def test_what_names_no_moment_is_refused(value: Any) -> None:
    with pytest.raises(ValidationError):
        line(at=value)


@given(st.characters(categories=["Cc", "Zl", "Zp"]))
def test_names_and_codes_are_one_line_of_text(control: str) -> None:
    for field in ("name", "code"):
        with pytest.raises(ValidationError):
            line(**{field: f"a{control}b"})


@given(st.text(st.characters(categories=["L", "M", "N", "P", "S"], codec="utf-8"), min_size=1, max_size=100))
def test_names_and_codes_may_be_written_in_any_script(text: str) -> None:
    assert (line(name=text).name, line(code=f" {text} ").code) == (text, text)


def test_an_error_never_repeats_what_it_refuses() -> None:
    class Stored(Output):
        email: int

    for model in (Line, Stored):
        with pytest.raises(ValidationError) as refused:
            model.model_validate({"email": "secret@example.com", "name": 5})
        assert "secret" not in str(refused.value)
