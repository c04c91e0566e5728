"""Printer bytes: ours are what the library python-escpos writes, and hold nothing but ours."""

import re
from typing import Any

import pytest
from escpos.printer import Dummy
from hypothesis import given
from hypothesis import strategies as st

from receipts.escpos import document
from receipts.layout import Row
from receipts.models import Encoding
from tests.unit.receipts.paper import printed_lines

ENCODINGS: st.SearchStrategy[Encoding] = st.sampled_from(["wpc1252", "pc437", "gbk"])
CODECS = {"wpc1252": "cp1252", "pc437": "cp437", "gbk": "gbk"}


def by_library(page: str, *texts: tuple[str, dict[str, Any]], drawer: bool = False) -> bytes:
    """What python-escpos writes for these texts on an Epson TM-T88V."""
    printer = Dummy(profile="TM-T88V")
    printer.hw("INIT")
    printer.magic.force_encoding(page)
    for text, style in texts:
        if style:
            printer.set(**style)
        printer.text(text)
        if style:
            printer.set(**{name: False for name in style if name == "bold"})
        printer.text("\n")
    printer.cut(mode="PART")
    if drawer:
        printer.cashdraw(2)
    return bytes(printer.output)


@pytest.mark.parametrize(("encoding", "page"), [("wpc1252", "CP1252"), ("pc437", "CP437")])
@pytest.mark.parametrize("drawer", [False, True])
def test_a_receipt_is_what_the_library_writes(encoding: Encoding, page: str, *, drawer: bool) -> None:
    rows = [Row("Café", "5.000"), Row("Total", "9", style="strong")]

    ours = document(rows, 32, encoding, open_drawer=drawer)

    texts = [("Café" + " " * 23 + "5.000", {}), ("Total" + " " * 26 + "9", {"bold": True})]
    assert ours == by_library(page, *texts, drawer=drawer)


def test_the_total_is_twice_as_high_as_the_library_makes_it() -> None:
    printer = Dummy(profile="TM-T88V")
    printer.set(custom_size=True, width=1, height=2)
    higher = re.search(rb"\x1d!.", bytes(printer.output))
    assert higher is not None

    assert b"\x1bE\x01" + higher.group() + b"Total" in document([Row("Total", style="big")], 32, "wpc1252")


@given(ENCODINGS, st.lists(st.builds(Row, st.text(max_size=60), st.text("0123456789.,- ", max_size=20)), max_size=5))
def test_whatever_is_printed_no_line_is_too_wide_and_no_byte_a_command_of_others(
    encoding: Encoding, rows: list[Row]
) -> None:
    codec = CODECS[encoding]

    shown = printed_lines(document(rows, 32, encoding), codec)

    assert all(len(line.encode(codec)) <= 32 for line in shown)


@pytest.mark.parametrize(
    ("encoding", "text", "shown"),
    [
        ("wpc1252", "Café €5", "Café €5"),
        ("pc437", "Café €5", "Café ?5"),
        ("wpc1252", "Dvořák ﬁ ½", "Dvorák fi ½"),
        ("wpc1252", "咖啡", "??"),
        ("gbk", "咖啡 kopi", "咖啡 kopi"),
        ("wpc1252", "a\u00a0b\u202fc", "a b c"),
        ("wpc1252", "\x1b@\x1dV\x00kopi", "@Vkopi"),
    ],
)
def test_text_comes_in_the_nearest_characters_that_the_printer_has(encoding: Encoding, text: str, shown: str) -> None:
    assert printed_lines(document([Row(text)], 32, encoding), CODECS[encoding]) == [shown]
