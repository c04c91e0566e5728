"""The page that browsers print."""

import re

import pytest

from receipts import page
from receipts.layout import Row
from receipts.models import PaperWidth

ROWS = [Row("Toko", centred=True, style="big"), Row(rule=True), Row("Kopi", "5.000"), Row("2 x 1", indented=True)]


@pytest.mark.parametrize(("width", "columns", "printed"), [(58, 32, 48), (80, 48, 72)])
def test_a_page_is_as_wide_as_the_paper_and_prints_where_the_printer_can(
    width: PaperWidth, columns: int, printed: int
) -> None:
    text = page.document(ROWS, width, columns, "id", "Struk")

    size, margin = re.search(r"@page{size:(\d+)mm", text), re.search(r"margin:4mm (\d+)mm", text)
    assert size is not None and margin is not None
    assert int(size[1]) == width
    assert int(size[1]) - 2 * int(margin[1]) == printed


def test_a_page_is_as_long_as_the_receipt() -> None:
    def height(rows: list[Row]) -> int:
        found = re.search(r"@page{size:58mm (\d+)mm", page.document(rows, 58, 32, "en", ""))
        assert found is not None
        return int(found[1])

    assert height(ROWS * 10) - height(ROWS) >= 36 * 3.75
    assert height([Row("word " * 100)]) > height([Row("word")])


def test_a_row_is_a_paragraph_with_its_amount() -> None:
    text = page.document(ROWS, 58, 32, "id", "Struk <1>")

    assert '<p class="big centred">Toko</p>' in text
    assert '<p><span>Kopi</span> <span class="amount">5.000</span></p>' in text
    assert '<p class="indented">2 x 1</p>' in text
    assert "<title>Struk &lt;1&gt;</title>" in text
    assert '<html lang="id">' in text


def test_a_page_asks_for_nothing_from_anywhere() -> None:
    text = page.document(ROWS, 80, 48, "en", "Receipt")

    assert not re.search(r"url\(|@import|src=|href=|<script|https?:", text)
    assert page.HEADERS["content-security-policy"].startswith("default-src 'none';")
