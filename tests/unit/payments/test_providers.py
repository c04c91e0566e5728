"""The simulated provider: what any provider has to promise."""

import pytest

from payments.models import Charge, Outcome
from payments.providers import Simulated, Unanswered
from tests.unit.orders.till import set_clock

MOMENT, LATER = "2026-11-24T02:00:00Z", "2026-11-24T02:00:11Z"


@pytest.fixture
def provider(aws: None, monkeypatch: pytest.MonkeyPatch) -> Simulated:
    set_clock(monkeypatch, MOMENT)
    return Simulated()


def charge(says: str | None = None, amount: int = 10_000, merchant_id: str = "mer_1") -> Charge:
    return Charge(merchant_id, "pay_1", amount, "IDR", None if says is None else f"simulate:{says}")


def test_what_is_asked_again_is_done_once_and_answered_alike(provider: Simulated) -> None:
    first = provider.authorize(charge(), capture=False)

    assert first == provider.authorize(charge(), capture=False) == provider.check(charge())
    assert first == Outcome("authorized", "sim_1")
    assert provider.capture(charge()) == provider.capture(charge()) == Outcome("captured", "sim_1")
    assert provider.authorize(charge(), capture=False).state == "captured"
    assert provider.void(charge()).state == provider.void(charge()).state == "voided"
    assert provider.capture(charge()).state == "voided"


def test_each_merchant_has_its_own_payments(provider: Simulated) -> None:
    provider.authorize(charge(), capture=True)

    assert provider.check(charge(merchant_id="mer_2")) == Outcome("unknown")


def test_what_was_voided_before_it_came_is_not_taken(provider: Simulated) -> None:
    assert provider.void(charge()).state == "voided"

    assert provider.authorize(charge(), capture=True).state == "voided"


def test_an_answer_that_is_lost_is_remembered(provider: Simulated) -> None:
    with pytest.raises(Unanswered):
        provider.authorize(charge("timeout"), capture=True)

    assert provider.check(charge("timeout")).state == "captured"


def test_a_request_that_is_lost_is_not(provider: Simulated) -> None:
    with pytest.raises(Unanswered):
        provider.authorize(charge("lost"), capture=True)

    assert provider.check(charge("lost")) == Outcome("unknown")
    assert provider.capture(charge("lost")) == Outcome("unknown")


def test_a_late_answer_comes_after_ten_seconds(provider: Simulated, monkeypatch: pytest.MonkeyPatch) -> None:
    assert provider.authorize(charge("late"), capture=True).state == "pending"
    assert provider.capture(charge("late")).state == "pending"

    set_clock(monkeypatch, LATER)

    assert provider.check(charge("late")).state == "captured"


def test_what_is_voided_while_it_is_late_never_comes(provider: Simulated, monkeypatch: pytest.MonkeyPatch) -> None:
    provider.authorize(charge("late"), capture=True)
    provider.void(charge("late"))
    set_clock(monkeypatch, LATER)

    assert provider.check(charge("late")).state == "voided"


def test_declines_say_why(provider: Simulated) -> None:
    assert provider.authorize(charge("decline"), capture=True) == Outcome("declined", "sim_1", "refused by the bank")


def test_refunds_never_exceed_what_was_taken_and_each_happens_once(provider: Simulated) -> None:
    assert provider.refund(charge(), "rfd_1", 1).state == "declined"
    provider.authorize(charge(), capture=True)

    assert provider.refund(charge(), "rfd_1", 6_000).state == "captured"
    assert provider.refund(charge(), "rfd_1", 6_000).state == "captured"
    assert provider.refund(charge(), "rfd_2", 4_001).state == "declined"
    assert provider.refund(charge(), "rfd_2", 4_000).state == "captured"
    assert provider.refund(charge(), "rfd_3", 1).state == "declined"


def test_a_refund_may_be_declined_or_go_unanswered_and_is_made_once(provider: Simulated) -> None:
    provider.authorize(charge(), capture=True)
    assert provider.refund(charge("refund_decline"), "rfd_1", 1).state == "declined"

    with pytest.raises(Unanswered):
        provider.refund(charge("refund_timeout"), "rfd_2", 9_999)

    assert provider.refund(charge(), "rfd_2", 9_999).state == "captured"
    assert provider.refund(charge(), "rfd_3", 2).state == "declined"
