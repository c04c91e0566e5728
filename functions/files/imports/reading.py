"""Files as rows of cells, whoever made them: CSV in the encodings and with the delimiters of the world, and workbooks.

A file comes from anybody, so nothing in it is believed: how large it gets is found out by unpacking it, sheets are read
row by row, and whatever is wrong ends in a refusal that says where.
"""

import csv
import io
import json
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from math import isfinite
from typing import Any, Literal

from files.imports.cells import LONGEST, Cell
from files.imports.models import MAX_BYTES, MAX_COLUMNS, MAX_ROWS, ReadFile
from pos.errors import DomainError
from pos.log import logger

MAX_UNPACKED = 200 * 1024 * 1024
"""Bytes of a workbook's XML: 50,000 rows of 50 columns have half as many."""
_MOST_PARTS = 2_000
_DELIMITERS = (",", ";", "\t", "|")
_LOOKED_AT = 20
_SAMPLE = 2_000
_OLD_OR_LOCKED = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""Compound files: Excel 97, and any workbook with a password."""


class UnreadableFile(DomainError):
    """The file as a whole cannot be imported."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(f"import.{code}", detail, status=422)


@dataclass(frozen=True, slots=True)
class Row:
    """A row that is not empty, and the line of the file that it begins on (of a workbook: its row there)."""

    line: int
    cells: Sequence[Cell]


@dataclass(frozen=True, slots=True)
class Content:
    """What is in a file."""

    format: Literal["csv", "xlsx"]
    rows: Sequence[Row]
    encoding: str | None = None
    delimiter: str | None = None

    def told(self) -> ReadFile:
        """What there is to say of it."""
        return ReadFile(format=self.format, encoding=self.encoding, delimiter=self.delimiter, rows=len(self.rows))


def read(data: bytes) -> Content:
    """The rows of a file. Raises UnreadableFile for what is none, or too much."""
    if not data:
        raise UnreadableFile("empty", "The file is empty.")
    if len(data) > MAX_BYTES:
        raise UnreadableFile("too_large", f"A file has at most {MAX_BYTES // 1024**2} MB.")
    if data.startswith(_OLD_OR_LOCKED):
        detail = "This is a workbook of an old kind, or one with a password: save it as .xlsx without one."
        raise UnreadableFile("not_a_workbook", detail)
    if data.startswith(b"PK"):
        return Content("xlsx", _checked(_workbook(data)))
    written, encoding = _decoded(data)
    delimiter, written, first = _delimiter(written)
    return Content("csv", _checked(_csv(written, delimiter, first)), encoding, delimiter)


def _checked(rows: Iterable[Row]) -> list[Row]:
    """The rows that have anything in them; refuses too many, too wide ones, and none."""
    kept: list[Row] = []
    for row in rows:
        width = next((at for at in range(len(row.cells), 0, -1) if row.cells[at - 1] not in (None, "")), 0)
        if width == 0:
            continue
        if width > MAX_COLUMNS:
            raise UnreadableFile("too_many_columns", f"Line {row.line} has more than {MAX_COLUMNS} columns.")
        if len(kept) > MAX_ROWS:
            raise UnreadableFile("too_many_rows", f"A file has at most {MAX_ROWS} rows: import it in parts.")
        kept.append(Row(row.line, row.cells[:width]))
    if not kept:
        raise UnreadableFile("empty", "There is nothing in the file.")
    return kept


# --- text ------------------------------------------------------------------------------------------------------------


def _decoded(data: bytes) -> tuple[str, str]:
    """The text of a file, and how it is encoded: as its mark says, else UTF-8 if it is sound, else as Windows does."""
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")):
        if data.startswith(mark):
            return _text(data[len(mark) :], encoding), encoding
    first = data[:_SAMPLE]
    zeros = first.count(0)
    if zeros * 10 >= len(first):  # UTF-16 without its mark has one in each Latin letter, and in each delimiter
        big_endian = first[::2].count(0) > zeros // 2
        encoding = "utf-16-be" if big_endian else "utf-16-le"
        return _text(data, encoding), encoding
    try:
        return _text(data, "utf-8"), "utf-8"
    except UnreadableFile:
        return _text(data, "cp1252"), "windows-1252"


def _text(data: bytes, encoding: str) -> str:
    try:
        written = data.decode(encoding)
    except UnicodeDecodeError:
        detail = "The text is in no encoding that is known here: save the file as CSV in UTF-8, or as .xlsx."
        raise UnreadableFile("encoding_unknown", detail) from None
    if "\0" in written:
        raise UnreadableFile("not_a_table", "This is neither CSV nor a workbook.")
    return written


def _delimiter(written: str) -> tuple[str, str, int]:
    """What stands between the cells, the text to read, and the line that it begins on: Excel may say so in a first line
    `sep=;`.
    """
    first, _, rest = written.partition("\n")
    said = first.strip().strip('"').lower()
    if said.startswith("sep=") and len(said) == 5 and said[-1] in _DELIMITERS:
        return said[-1], rest, 2
    return max(_DELIMITERS, key=lambda delimiter: _fit(written, delimiter)), written, 1


def _fit(written: str, delimiter: str) -> tuple[int, int]:
    """How well a delimiter fits: how many of the first rows have as many cells as most of them have, if that is more
    than one, and how many cells these are.
    """
    reader = csv.reader(io.StringIO(written, newline=""), delimiter=delimiter)
    widths: list[int] = []
    try:
        for row in reader:
            widths.append(len(row))
            if len(widths) == _LOOKED_AT:
                break
    except csv.Error:
        return 0, 0
    usual = max(set(widths), key=widths.count, default=1)
    return (widths.count(usual), usual) if usual > 1 else (0, 0)


def _csv(written: str, delimiter: str, first: int) -> Iterator[Row]:
    reader = csv.reader(io.StringIO(written, newline=""), delimiter=delimiter, strict=True)
    line = first
    try:
        for cells in reader:
            if any(len(cell) > LONGEST for cell in cells):
                raise UnreadableFile("cell_too_long", f"Line {line} has a cell of more than {LONGEST} characters.")
            yield Row(line, cells)
            line = reader.line_num + first
    except csv.Error as error:
        raise UnreadableFile("malformed", f"From line {line} on, this is no CSV: {error}.") from None


# --- workbooks -------------------------------------------------------------------------------------------------------


def _workbook(data: bytes) -> Iterator[Row]:
    """The rows of a workbook's first sheet, as they were computed when it was saved."""
    _check_size(data)
    import openpyxl  # type: ignore[import-untyped]

    try:
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
        sheet = next(one for one in book.worksheets if one.sheet_state == "visible")
        sheet.reset_dimensions()  # what a sheet says of its size is not believed
        for line, cells in enumerate(sheet.iter_rows(values_only=True), 1):
            yield Row(line, [_cell(value, line) for value in cells])
    except UnreadableFile:
        raise
    except Exception as error:
        # The library raises whatever a broken or malicious sheet leads it into.
        logger.warning("workbook not read", exc_info=True)
        raise UnreadableFile("not_a_workbook", "This workbook is damaged: open it, and save it anew.") from error


def _check_size(data: bytes) -> None:
    """Refuse what unpacks to more than is of any use, by unpacking it: what an archive says of that may be false."""
    left = MAX_UNPACKED
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
            if len(parts) > _MOST_PARTS or "xl/workbook.xml" not in archive.namelist():
                raise UnreadableFile("not_a_workbook", "This is not an Excel workbook (.xlsx).")
            for part in parts:
                with archive.open(part) as unpacked:
                    while block := unpacked.read(1 << 20):
                        left -= len(block)
                        if left < 0:
                            raise UnreadableFile("too_large", "This workbook unpacks to more than can be read.")
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, ValueError) as error:
        # other packings than deflate, passwords, and what zlib cannot unpack
        raise UnreadableFile("not_a_workbook", "This workbook is damaged: open it, and save it anew.") from error


def _cell(value: Any, line: int) -> Cell:
    """A cell's value; a number as the 15 digits that Excel answers for, which is what somebody typed."""
    match value:
        case None | bool():
            return value
        case int():
            return Decimal(value)
        case float() if isfinite(value):
            return Decimal(format(value, ".15g"))
        case datetime() if (value.hour, value.minute, value.second) == (0, 0, 0):
            return value.date().isoformat()
        case datetime() | date():
            return value.isoformat()
    written = str(value)
    if len(written) > LONGEST:
        raise UnreadableFile("cell_too_long", f"Row {line} has a cell of more than {LONGEST} characters.")
    return written


# --- rows on their way -----------------------------------------------------------------------------------------------


def packed(rows: Iterable[Row]) -> bytes:
    """Rows as they are kept: a line of JSON each; a number is a list of its digits, so that it stays exact."""
    return "".join(
        f"{json.dumps([row.line, [[str(cell)] if isinstance(cell, Decimal) else cell for cell in row.cells]])}\n"
        for row in rows
    ).encode()


def unpacked(kept: bytes) -> Iterator[Row]:
    """The rows that `packed` was given."""
    for one in kept.splitlines():
        line, cells = json.loads(one)
        yield Row(line, [Decimal(cell[0]) if isinstance(cell, list) else cell for cell in cells])
