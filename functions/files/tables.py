"""Rows as the bytes of files: CSV, and Excel workbooks.

CSV is RFC 4180 in UTF-8. A text that a spreadsheet would take for a formula gets an apostrophe in front (OWASP, "CSV
Injection"); `plain` takes it off again, so that what goes out comes in as it was. Numbers have a decimal point and no
separators. A workbook's cells are typed, so nothing in it can be taken for a formula.
"""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from files.columns import Column, Row, heading
from files.models import Language
from pos.model import decimal_text

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
_APOSTROPHE = "'"
BOM = b"\xef\xbb\xbf"
MOST_CELLS = 4_000_000
MOST_ROWS = 1_048_575
"""Of a workbook's sheet, below its headings (Microsoft, "Excel specifications and limits")."""


# --- CSV -------------------------------------------------------------------------------------------------------------


def csv_head(columns: Sequence[Column], language: Language, *, bom: bool) -> bytes:
    """The first bytes of a CSV file: its headings."""
    return (BOM if bom else b"") + csv_lines([[safe(heading(column.name, language)) for column in columns]])


def csv_rows(columns: Sequence[Column], rows: Iterable[Row]) -> bytes:
    """Rows of a CSV file."""
    return csv_lines([_text(column, row.get(column.name)) for column in columns] for row in rows)


def csv_lines(rows: Iterable[Sequence[str]]) -> bytes:
    """Lines of CSV, of cells that are as they shall be."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerows(rows)
    return out.getvalue().encode()


def _text(column: Column, value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case Decimal():
            return format(value, "f") if column.kind == "money" else decimal_text(value)
        case datetime():
            return value.isoformat(sep=" ", timespec="seconds")
        case int() | date():
            return str(value)
    return safe(str(value))


def safe(text: str) -> str:
    """A text that no spreadsheet takes for a formula; one that only looks as if it had been made safe is told apart."""
    unmarked = text.lstrip(_APOSTROPHE)
    return _APOSTROPHE + text if unmarked.startswith(_FORMULA) else text


def plain(text: str) -> str:
    """The text that `safe` was given."""
    is_safe = text.startswith(_APOSTROPHE) and text.lstrip(_APOSTROPHE).startswith(_FORMULA)
    return text[1:] if is_safe else text


# --- rows on their way -----------------------------------------------------------------------------------------------


def packed(columns: Sequence[Column], rows: Iterable[Row]) -> bytes:
    """Rows as they are kept until all are there: a line of JSON each."""
    lines = (json.dumps([_kept(row.get(column.name)) for column in columns]) for row in rows)
    return "".join(f"{line}\n" for line in lines).encode()


def unpacked(columns: Sequence[Column], kept: bytes) -> Iterator[Row]:
    """The rows that `packed` was given."""
    for line in kept.splitlines():
        cells = json.loads(line)
        yield {column.name: _read(column, cell) for column, cell in zip(columns, cells, strict=True)}


def _kept(value: Any) -> str | int | bool | None:
    if value is None or isinstance(value, bool | int | str):
        return value
    return str(value)


def _read(column: Column, cell: Any) -> Any:
    if cell is None:
        return None
    match column.kind:
        case "money" | "quantity" | "number":
            return Decimal(cell)
        case "date":
            return date.fromisoformat(cell)
        case "moment":
            return datetime.fromisoformat(cell)
    return cell


# --- workbooks -------------------------------------------------------------------------------------------------------


def write_workbook(
    path: Path, columns: Sequence[Column], rows: Iterable[Row], language: Language, decimals: int, title: str
) -> None:
    """Write a workbook of one sheet, with its headings frozen. It takes memory for a row only.

    Numbers become what Excel has: 15 to 17 significant digits, of which money up to 2^53 minor units needs no more.
    """
    import xlsxwriter  # type: ignore[import-untyped]

    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(str(path), options) as book:
        sheet = book.add_worksheet(title[:31])
        head = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1})
        formats = [book.add_format({"num_format": _format(column, decimals)}) for column in columns]
        for at, column in enumerate(columns):
            sheet.set_column(at, at, _WIDTHS.get(column.kind, 14))
        sheet.freeze_panes(1, 0)
        for at, column in enumerate(columns):
            sheet.write_string(0, at, heading(column.name, language), head)
        for number, row in enumerate(rows, 1):
            for at, column in enumerate(columns):
                _write(sheet, number, at, row.get(column.name), formats[at])


_WIDTHS = {"text": 24, "money": 16, "moment": 20, "date": 12}


def _format(column: Column, decimals: int) -> str:
    match column.kind:
        case "money":
            return "#,##0" + ("." + "0" * decimals if decimals else "")
        case "quantity":
            return "#,##0.###"
        case "number":
            return "0.00"
        case "integer":
            return "0"
        case "date":
            return "yyyy-mm-dd"
        case "moment":
            return "yyyy-mm-dd hh:mm:ss"
    return "@"


def _write(sheet: Any, row: int, at: int, value: Any, format: Any) -> None:
    match value:
        case None:
            return
        case bool():
            sheet.write_boolean(row, at, value)
        case Decimal() | int():
            sheet.write_number(row, at, value, format)
        case date():
            sheet.write_datetime(row, at, value, format)
        case _:
            sheet.write_string(row, at, str(value), format)
