"""Rows as files: nothing is lost on the way, and no text becomes a formula."""

import csv
import io
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from files import tables
from files.columns import INDONESIAN, Column, columns, heading
from files.datasets import DATASETS
from reports.models import SalesQuery, StockQuery

_SHEET = (Column("name", "text"), Column("note", "text"), Column("total", "money"))


@given(st.lists(st.tuples(st.text(), st.text(), st.decimals(allow_nan=False, allow_infinity=False, places=2))))
def test_what_is_written_as_csv_is_read_as_it_was(cells: list[tuple[str, str, Decimal]]) -> None:
    written = [dict(zip(("name", "note", "total"), row, strict=True)) for row in cells]

    data = tables.csv_head(_SHEET, "en", bom=True) + tables.csv_rows(_SHEET, written)

    head, *body = csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""))
    assert head == ["Name", "Note", "Total"]
    assert [(tables.plain(name), tables.plain(note), Decimal(total)) for name, note, total in body] == cells


@pytest.mark.parametrize("text", ["=1+1", "+62812", "-5 %", "@SUM(A1)", "\tx", "\rx", "'=x", "''+1"])
def test_no_text_is_taken_for_a_formula(text: str) -> None:
    made_safe = tables.safe(text)

    assert made_safe == "'" + text
    assert tables.plain(made_safe) == text


@pytest.mark.parametrize("text", ["Kopi", "'t Huis", "", "'", "5 = five"])
def test_other_texts_stay_as_they_are(text: str) -> None:
    assert tables.safe(text) == text == tables.plain(text)


def test_a_number_below_zero_stays_a_number() -> None:
    [line] = tables.csv_rows(_SHEET, [{"name": None, "total": Decimal("-5.00")}]).decode().splitlines()

    assert line == ",,-5.00"


def test_rows_on_their_way_stay_as_they_are() -> None:
    sheet = columns("name", "total", "orders", "day", "completed_at", "included", "quantity")
    row: dict[str, Any] = {
        "name": "=Kopi\n",
        "total": Decimal("0.10"),
        "orders": 3,
        "day": date(2026, 11, 24),
        "completed_at": datetime(2026, 11, 24, 8, 30),  # noqa: DTZ001 - the shop's clock
        "included": False,
        "quantity": Decimal("0.333"),
    }

    assert list(tables.unpacked(sheet, tables.packed(sheet, [row, dict.fromkeys(row)]))) == [row, dict.fromkeys(row)]


def _all_columns() -> Sequence[Column]:
    days = {"from": "2026-11-01", "to": "2026-11-02"}
    asked: list[Any] = [
        SalesQuery.model_validate({**days, "group_by": group, "compare": "previous_period"})
        for group in SalesQuery.model_fields["group_by"].annotation.__args__  # type: ignore[union-attr]
    ]
    found = [column for query in asked for column in DATASETS["sales_report"].columns(query)]
    for name, dataset in DATASETS.items():
        if name == "stock_report":
            found += dataset.columns(StockQuery(location_id="loc_main", days=7))
        elif name != "sales_report":
            found += dataset.columns(None)
    return found


def test_every_column_has_a_heading_in_indonesian_and_no_word_is_left_over() -> None:
    names = {
        name for column in _all_columns() for name in [column.name.removeprefix("compared_").removeprefix("late_")]
    }

    assert names == set(INDONESIAN)


def test_no_two_columns_of_a_file_are_called_the_same() -> None:
    for query in ("day", "product", "tax_rate", "category"):
        asked = SalesQuery.model_validate({"from": "2026-11-01", "to": "2026-11-02", "group_by": query})
        sheet = DATASETS["sales_report"].columns(asked)
        for language in ("en", "id"):
            headings = [heading(column.name, language) for column in sheet]
            assert sorted(set(headings)) == sorted(headings)
