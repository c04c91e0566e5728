"""Ids."""

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pos.ids import derived_id, new_id
from pos.model import Id, Input

parts = st.lists(st.text(st.characters(exclude_characters="\x1f", codec="utf-8")), min_size=1, max_size=5)


class Named(Input):
    id: Id


@given(st.lists(st.integers(min_value=0, max_value=2**48 - 1), min_size=2, max_size=10))
def test_the_order_of_ids_as_text_is_the_order_of_their_milliseconds(moments: list[int]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        ids = []
        for moment in moments:
            patch.setattr(time, "time_ns", lambda moment=moment: moment * 1_000_000)
            ids.append((moment, new_id("ord")))

    for (earlier, first), (later, second) in zip(sorted(ids), sorted(ids)[1:], strict=False):
        assert earlier == later or first < second


def test_ids_of_one_moment_are_never_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "time_ns", lambda: 1_795_512_600_000_000_000)

    assert len({new_id("ord") for _ in range(10_000)}) == 10_000


def test_an_id_is_a_prefix_and_a_ulid(monkeypatch: pytest.MonkeyPatch) -> None:
    # the timestamp 1469918176385 of the ULID specification's example, in lower case
    monkeypatch.setattr(time, "time_ns", lambda: 1_469_918_176_385_000_000)

    assert re.fullmatch(r"ord_01aryz6s41[0-9a-hjkmnp-tv-z]{16}", new_id("ord"))


@given(parts, parts)
def test_a_derived_id_is_one_exactly_for_the_same_parts(first: list[str], second: list[str]) -> None:
    assert (derived_id("evt", *first) == derived_id("evt", *second)) == (first == second)


def test_derived_ids_never_change() -> None:
    assert derived_id("evt", "mer_1", "order", "ord_1", 1, 0) == "evt_0r9gz2jr0z16j4axqsttden3kc"


@given(parts)
def test_ids_are_accepted_as_ids(names: list[str]) -> None:
    for id in (new_id("ord"), derived_id("evt", *names)):
        assert Named.model_validate({"id": id}).id == id
