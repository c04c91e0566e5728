"""Rows as lines of paper: nothing is wider than the paper, and nothing is lost."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from receipts.layout import Row, clean, columns_of, lines, wrap

COLUMNS = st.sampled_from([32, 42, 48])
TEXTS = st.text(st.characters(codec="utf-8"), max_size=80) | st.text("咖啡é ab\n", max_size=120)
AMOUNTS = st.from_regex(r"\A(Rp\u00a0)?-?[0-9.]{1,24}\Z")
PAIRS = st.builds(Row, TEXTS, AMOUNTS | st.just(""), indented=st.booleans())
ROWS = PAIRS | st.builds(Row, TEXTS, centred=st.just(True))


def without_spaces(text: str) -> str:
    return "".join(text.split())


@given(ROWS, COLUMNS)
def test_no_line_is_wider_than_the_paper(row: Row, columns: int) -> None:
    assert all(columns_of(line.text) <= columns for line in lines(row, columns))


@given(ROWS, COLUMNS)
def test_all_text_is_there_in_its_order(row: Row, columns: int) -> None:
    shown = "".join(line.text for line in lines(row, columns))

    assert without_spaces(shown) == without_spaces(clean(row.left) + clean(row.right))


@given(TEXTS, AMOUNTS, COLUMNS)
def test_an_amount_stands_whole_at_the_right(left: str, right: str, columns: int) -> None:
    *_, last = lines(Row(left, right), columns)

    assert last.text.endswith(right)
    assert columns_of(last.text) == columns


@given(TEXTS)
def test_what_is_cleaned_commands_nothing_and_turns_nothing(text: str) -> None:
    kept = clean(text)

    assert not [one for one in kept if unicodedata.category(one) == "Cc" and one != "\n"]
    turning = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
    assert not {unicodedata.bidirectional(one) for one in kept} & turning


def test_words_stay_whole_while_they_fit() -> None:
    assert wrap("nasi goreng spesial", 11) == ["nasi goreng", "spesial"]
    assert wrap("a\n\nb", 5) == ["a", "", "b"]
    assert wrap("supercalifragilistic", 8) == ["supercal", "ifragili", "stic"]
    assert wrap("no\u00a0break", 4) == ["no\u00a0b", "reak"]


@pytest.mark.parametrize(("text", "columns"), [("abc", 3), ("咖啡", 4), ("e\u0301", 1), ("ﾊﾝ", 2), ("", 0)])
def test_wide_characters_take_two_columns(text: str, columns: int) -> None:
    assert columns_of(text) == columns


def test_a_name_beside_an_amount_is_wrapped_before_it() -> None:
    shown = [line.text for line in lines(Row("Nasi goreng spesial kampung", "35.500"), 20)]

    assert shown == ["Nasi goreng", "spesial", "kampung       35.500"]


def test_a_long_amount_has_a_line_of_its_own() -> None:
    assert [line.text for line in lines(Row("Total", "Rp 9.007.199"), 16)] == ["Total", "    Rp 9.007.199"]
