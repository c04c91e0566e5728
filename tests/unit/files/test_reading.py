"""Files of any make become rows, and those that mean harm a refusal."""

import io
import zipfile
from decimal import Decimal

import pytest
import xlsxwriter  # type: ignore[import-untyped]
from hypothesis import given
from hypothesis import strategies as st

from files.imports import reading
from files.imports.reading import Row, UnreadableFile
from tests.unit.files.imports import workbook

TEXT = "Nama;Harga\r\nKopi Küche é €;18.000\r\n"


@pytest.mark.parametrize(
    ("encoding", "mark", "told"),
    [
        ("utf-8", b"", "utf-8"),
        ("utf-8", b"\xef\xbb\xbf", "utf-8"),
        ("utf-16-le", b"\xff\xfe", "utf-16-le"),
        ("utf-16-be", b"\xfe\xff", "utf-16-be"),
        ("utf-16-le", b"", "utf-16-le"),
        ("utf-16-be", b"", "utf-16-be"),
        ("cp1252", b"", "windows-1252"),
    ],
)
def test_text_is_read_in_the_encodings_of_the_world(encoding: str, mark: bytes, told: str) -> None:
    content = reading.read(mark + TEXT.encode(encoding))

    assert (content.encoding, content.delimiter) == (told, ";")
    assert content.rows == [Row(1, ["Nama", "Harga"]), Row(2, ["Kopi Küche é €", "18.000"])]


@pytest.mark.parametrize(
    ("text", "delimiter"),
    [
        ("a,b\n1,2\n", ","),
        ("a;b\n1,5;2,5\n", ";"),
        ("a\tb\n1,5\t2;5\n", "\t"),
        ("a|b\n1|2\n", "|"),
        ('a,b\n"1;2;3",x\n', ","),
        ("a\n1\n", ","),
        ("name,note\nKopi,a;b;c\nTeh,d\n", ","),
    ],
)
def test_the_delimiter_is_the_one_that_fits(text: str, delimiter: str) -> None:
    assert reading.read(text.encode()).delimiter == delimiter


def test_a_first_line_that_says_the_delimiter_is_obeyed() -> None:
    content = reading.read(b"sep=|\na|b,c\n1|2,5\n")

    assert content.rows == [Row(2, ["a", "b,c"]), Row(3, ["1", "2,5"])]


def test_empty_rows_are_left_out_and_lines_are_those_of_the_file() -> None:
    content = reading.read(b'a,b\n\n,\n"1\n2",3\n4,5,\n')

    assert [(row.line, list(row.cells)) for row in content.rows] == [
        (1, ["a", "b"]),
        (4, ["1\n2", "3"]),
        (6, ["4", "5"]),
    ]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "import.empty"),
        (b"\n\n,,\n", "import.empty"),
        (b"a\0b,c\n" + b"x" * 3000 + b"\0", "import.not_a_table"),
        (b"a,b\n\x81\x8d,1\n", "import.encoding_unknown"),
        (b'a,b\n"never closed,1\n', "import.malformed"),
        (b"a,b\n" + b"x" * 40_000 + b",1\n", "import.cell_too_long"),
        (b"a,b\n" + b"x" * 200_000 + b",1\n", "import.malformed"),
        (b"a," * 201 + b"b\n", "import.too_many_columns"),
        (b"a\n" + b"1\n" * 50_001, "import.too_many_rows"),
        (b"x" * (20 * 1024 * 1024 + 1), "import.too_large"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 100, "import.not_a_workbook"),
        (b"PK\x03\x04 nothing", "import.not_a_workbook"),
        (b"%PDF-1.7\n\0\0\0", "import.not_a_table"),
    ],
)
def test_what_is_no_table_or_too_much_is_refused(data: bytes, code: str) -> None:
    with pytest.raises(UnreadableFile) as refused:
        reading.read(data)
    assert refused.value.code == code


def test_as_many_rows_as_are_promised_are_read() -> None:
    assert len(reading.read(b"a\n" + b"1\n" * 50_000).rows) == 50_001


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    try:
        rows = reading.read(data).rows
    except UnreadableFile:
        return
    assert rows


# --- workbooks -------------------------------------------------------------------------------------------------------


def test_cells_of_a_workbook_are_what_was_typed() -> None:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        for at, value in enumerate([0.1 + 0.2, 15000, 5449000000996, True, "text", "=1+1", 19.99]):
            sheet.write(0, at, value) if at != 5 else sheet.write_formula(0, at, value, None, 2)
        sheet.write_row(3, 0, ["00123", None, "x"])

    [first, second] = reading.read(out.getvalue()).rows

    assert list(first.cells) == [
        Decimal("0.3"),
        Decimal(15000),
        Decimal(5449000000996),
        True,
        "text",
        Decimal(2),
        Decimal("19.99"),
    ]
    assert second == Row(4, ["00123", None, "x"])


def test_the_first_sheet_that_can_be_seen_is_read() -> None:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        hidden, shown = book.add_worksheet(), book.add_worksheet()
        hidden.write(0, 0, "secret")
        shown.write(0, 0, "Name")
        shown.activate()
        hidden.hide()

    assert [list(row.cells) for row in reading.read(out.getvalue()).rows] == [["Name"]]


def changed(data: bytes, name: str, replace: bytes | None) -> bytes:
    """A workbook with another content of one of its parts, or without it."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.namelist():
            if part != name:
                new.writestr(part, old.read(part))
            elif replace is not None:
                new.writestr(part, replace)
    return out.getvalue()


SHEET = "xl/worksheets/sheet1.xml"
_HEAD = b'<?xml version="1.0"?>'
_OPEN = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
_CLOSE = b"</sheetData></worksheet>"
_LAUGHS = (
    b"<!DOCTYPE x [<!ENTITY a '"
    + b"ha" * 5000
    + b"'>"
    + b"".join(b"<!ENTITY %c '%s'>" % (98 + n, b"&%c;" % (97 + n) * 20) for n in range(8))
    + b"]>"
)


@pytest.mark.parametrize(
    ("sheet", "code"),
    [
        (None, "import.not_a_workbook"),
        (b"<worksheet", "import.not_a_workbook"),
        (b"x" * 1000, "import.not_a_workbook"),
        (_HEAD + _OPEN + b'<row r="x"><c r="??"><v>1</v></c></row>' + _CLOSE, "import.not_a_workbook"),
        (_HEAD + _OPEN + b'<row r="1"><c r="A1" t="s"><v>99</v></c></row>' + _CLOSE, "import.not_a_workbook"),
        (_HEAD + _OPEN + b'<row r="1"><c r="XFD1"><v>1</v></c></row>' + _CLOSE, "import.too_many_columns"),
        (_HEAD + _LAUGHS + _OPEN + b"<row><c t='str'><v>&i;</v></c></row>" + _CLOSE, "import.not_a_workbook"),
        (
            _HEAD + _OPEN + b'<row r="1"><c t="str"><v>' + b"x" * 40_000 + b"</v></c></row>" + _CLOSE,
            "import.cell_too_long",
        ),
    ],
)
def test_a_sheet_that_is_broken_or_means_harm_is_refused(sheet: bytes | None, code: str) -> None:
    with pytest.raises(UnreadableFile) as refused:
        reading.read(changed(workbook(["Name"], ["Kopi"]), SHEET, sheet))
    assert refused.value.code == code


def test_cells_far_apart_cost_nothing() -> None:
    sheet = (
        _OPEN + b'<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="A1048576"><v>2</v></c></row>' + _CLOSE
    )

    assert [row.line for row in reading.read(changed(workbook(["x"]), SHEET, sheet)).rows] == [1, 1048576]


def test_a_workbook_that_unpacks_to_much_more_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MAX_UNPACKED", 1_000_000)
    bomb = changed(workbook(["Name"]), SHEET, _OPEN + b" " * 2_000_000 + _CLOSE)
    assert len(bomb) < 20_000

    with pytest.raises(UnreadableFile) as refused:
        reading.read(bomb)
    assert refused.value.code == "import.too_large"


def test_an_archive_that_is_no_workbook_is_refused() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("readme.txt", "hello")

    with pytest.raises(UnreadableFile):
        reading.read(out.getvalue())


def test_rows_on_their_way_stay_as_they_are() -> None:
    rows = [Row(1, ["a", None, True, Decimal("0.10"), "[\n"]), Row(7, [])]

    assert list(reading.unpacked(reading.packed(rows))) == rows
