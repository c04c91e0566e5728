"""Words as a search compares them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pos import words


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Crème Brûlée", ["creme", "brulee"]),
        ("STRASSE straße", ["strasse"]),
        ("\uff2b\uff2f\uff30\uff29", ["kopi"]),
        ("Es-teh", ["es", "teh"]),
        ("%!", []),
    ],
)
def test_case_accents_width_and_signs_do_not_matter(text: str, found: list[str]) -> None:
    assert words.tokens(text) == found


@given(st.text(max_size=60), st.integers(1, 5))
def test_what_begins_a_word_finds_its_text_by_one_indexed_word_only(text: str, length: int) -> None:
    has = words.tokens(text)

    for word in has[: words.MAX_WORDS]:
        wanted = [word[:length]]
        assert [by for by in has if words.matches(has, wanted, by)] == [
            min(one for one in has[: words.MAX_WORDS] if one.startswith(word[:length]))
        ]


def test_all_wanted_words_are_had() -> None:
    assert words.matches(["siti", "rahayu"], ["si", "rah"], by="rahayu")
    assert not words.matches(["siti", "aminah"], ["si", "rah"], by="siti")
