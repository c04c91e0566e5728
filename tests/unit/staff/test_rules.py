"""The rules of API keys and approvals."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from pos.auth import Caller
from pos.errors import Needed
from staff import rules
from staff.models import Approval


def test_keys_are_well_formed_and_never_alike() -> None:
    keys = {rules.new_api_key() for _ in range(1000)}

    assert len(keys) == 1000
    assert all(rules.is_well_formed(key) for key in keys)


@given(st.integers(min_value=9, max_value=54), st.characters(min_codepoint=33, max_codepoint=126))
def test_one_wrong_character_is_noticed(position: int, character: str) -> None:
    key = rules.new_api_key()
    mistyped = key[:position] + character + key[position + 1 :]

    assert rules.is_well_formed(mistyped) == (mistyped == key)


@given(st.text())
def test_noise_is_no_key(text: str) -> None:
    assert not rules.is_well_formed(text)
    assert not rules.is_well_formed("kasir_sk_" + text)


def test_what_is_kept_of_a_key_is_its_sha256() -> None:
    # echo -n kasir_sk_x | sha256sum
    assert rules.key_hash("kasir_sk_x") == "bc8d1d88cffa255d06d72053be7e9b5a682ceaeed56162df41d228f0139daec7"


@given(st.integers(0, 200), st.integers(0, 20), st.integers(30, 10_000))
def test_a_lock_grows_with_failures_up_to_its_longest(failures: int, free: int, longest: int) -> None:
    seconds = rules.lock_seconds(failures, free, longest)

    assert seconds <= rules.lock_seconds(failures + 1, free, longest) <= longest
    assert (seconds == 0) is (failures <= free)
    assert rules.lock_seconds(free + 2, free, longest) == min(60, longest)


GIVEN = Approval(
    id="apv_1",
    permission="orders:refund",
    entity_id="ord_1",
    amount=100,
    requested_by="stf_1",
    approved_by="stf_2",
    register_id="reg_1",
    expires_at="2030-01-01T08:05:00.000Z",
)


@given(
    actor=st.sampled_from(["stf_1", "stf_2"]),
    register_id=st.sampled_from(["reg_1", "reg_2", None]),
    permission=st.sampled_from(["orders:refund", "payments:void"]),
    entity_id=st.sampled_from(["ord_1", "ord_2"]),
    amount=st.integers(0, 200),
    minute=st.integers(0, 10),
)
def test_an_approval_is_for_nothing_but_what_it_says(
    actor: str, register_id: str | None, permission: str, entity_id: str, amount: int, minute: int
) -> None:
    caller = Caller("mer_1", actor, frozenset(), register_id)
    now = datetime(2030, 1, 1, 8, minute, tzinfo=UTC)

    approved = rules.approves(GIVEN, caller, Needed(permission, entity_id, amount), now)

    fits = (actor, register_id, permission, entity_id) == ("stf_1", "reg_1", "orders:refund", "ord_1")
    assert approved == (fits and amount <= 100 and minute < 5)
