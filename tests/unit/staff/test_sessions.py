"""Session tokens."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from staff import sessions
from staff.sessions import Claims
from tests.support.shop import Shop
from tests.unit.staff.keys import opens

SECRET = bytes(32)
NOW = datetime(2030, 1, 1, tzinfo=UTC)
CLAIMS = Claims("mer_1", "stf_1", "orders:read", "reg_1", int(NOW.timestamp()) + 1)


@given(st.text(), st.text(), st.text(), st.integers(0, 2**40))
def test_what_was_signed_is_read_and_holds_until_its_end(actor: str, allowed: str, register: str, expires: int) -> None:
    claims = Claims("mer_1", actor, allowed, register, expires)
    token = sessions.sign(SECRET, claims)

    assert sessions.read_unverified(token) == claims
    assert sessions.holds(token, SECRET, claims, NOW) is (NOW.timestamp() < expires)
    assert not sessions.holds(token, b"another", claims, NOW)


@given(st.data())
def test_a_token_that_was_changed_anywhere_does_not_hold(data: st.DataObject) -> None:
    token = sessions.sign(SECRET, CLAIMS)
    position = data.draw(st.integers(len("kasir_st_"), len(token) - 1))
    letter = data.draw(st.sampled_from("AZaz09-_.").filter(lambda one: one != token[position]))
    changed = token[:position] + letter + token[position + 1 :]

    assert not sessions.holds(changed, SECRET, CLAIMS, NOW)


@given(st.text(st.characters(codec="ascii"), max_size=300))
def test_whatever_follows_the_prefix_is_read_or_refused(rest: str) -> None:
    claims = sessions.read_unverified(f"kasir_st_{rest}")

    assert claims is None or claims.merchant_id.startswith("mer_")


@pytest.mark.parametrize("merchant_id", ["", "mer_", "mer_" + "x" * 3000, "mer_unknown", "key#"])
def test_a_session_of_no_merchant_is_nobodys(shop: Shop, merchant_id: str) -> None:
    claims: Any = Claims(merchant_id, "stf_1", "*", "reg_1", 2**40)

    assert opens(sessions.sign(SECRET, claims)) == {}


def test_a_session_that_others_signed_is_nobodys(shop: Shop) -> None:
    claims = Claims(shop.merchant_id, "stf_1", "*", "reg_1", 2**40)

    assert opens(sessions.sign(SECRET, claims)) == {}
