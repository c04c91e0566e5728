"""Words, amounts and times in each language."""

import re
from decimal import Decimal
from typing import get_args

import pytest
from babel.numbers import parse_decimal
from hypothesis import given
from hypothesis import strategies as st

from orders.models import Method, PaymentState
from pos.money import MAX_AMOUNT, MINOR_UNITS
from receipts.models import Language
from receipts.wording import WORDS, Wording

LANGUAGES: st.SearchStrategy[Language] = st.sampled_from(["en", "id"])


@given(LANGUAGES, st.integers(-MAX_AMOUNT, MAX_AMOUNT), st.sampled_from(sorted(MINOR_UNITS)), st.integers(0, 4))
def test_an_amount_that_is_read_back_is_the_same(language: Language, amount: int, currency: str, digits: int) -> None:
    words = Wording(language, currency, digits)
    exact = Decimal(amount).scaleb(-digits)

    shown = words.money(amount)

    assert parse_decimal(words.number(amount), locale=language, strict=True) == exact
    figure = re.search(r"\d.*", shown)
    assert figure is not None
    assert parse_decimal(figure.group(), locale=language, strict=True) == abs(exact)
    assert shown.startswith("-") == (amount < 0)


@given(LANGUAGES, st.decimals(0, 10**9, places=3))
def test_a_quantity_that_is_read_back_is_the_same(language: Language, quantity: Decimal) -> None:
    shown = Wording(language, "IDR", 0).decimal(quantity)

    assert parse_decimal(shown, locale=language, strict=True) == quantity
    assert not re.search(r"[.,]\d*0$", shown) or quantity == quantity.to_integral()


@pytest.mark.parametrize(
    ("language", "currency", "digits", "shown"),
    [
        ("id", "IDR", 0, "Rp\u00a015.000"),
        ("id", "IDR", 2, "Rp\u00a0150,00"),
        ("en", "IDR", 0, "IDR\u00a015,000"),
        ("en", "USD", 2, "$150.00"),
        ("id", "USD", 2, "US$150,00"),
        ("en", "KWD", 3, "KWD\u00a015.000"),
        ("id", "JPY", 0, "JP¥15.000"),
    ],
)
def test_money_is_written_as_the_cldr_says(language: Language, currency: str, digits: int, shown: str) -> None:
    assert Wording(language, currency, digits).money(15_000) == shown


def test_both_languages_have_the_same_words() -> None:
    assert set(WORDS["en"]) == set(WORDS["id"])


@pytest.mark.parametrize("language", ["en", "id"])
def test_every_way_to_pay_and_what_may_become_of_it_has_a_word(language: Language) -> None:
    assert {*get_args(Method), *get_args(PaymentState)} - {"captured", "declined"} <= set(WORDS[language])


def test_what_has_no_word_goes_by_its_own_name() -> None:
    assert Wording("id", "IDR", 0).word("crypto_wallet") == "Crypto wallet"
