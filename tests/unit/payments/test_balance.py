"""Whatever comes and goes, an order's payments add up: rules as properties, and sequences of operations by trying"""

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orders import pricing
from orders.pricing import CASH, Policy, Tender
from pos.errors import Invalid
from pos.money import Rounding
from tests.support.shop import Reply, Shop
from tests.unit.orders.till import set_clock
from tests.unit.payments.desk import MORNING, Desk, figures, ledger, settle

AMOUNTS = st.integers(1, 1_000)
TENDERS = st.lists(st.builds(Tender, st.sampled_from([CASH, "card", "qris"]), AMOUNTS), max_size=5)
POLICIES = st.builds(
    Policy,
    st.just("IDR"),
    rounding_mode=st.sampled_from(Rounding),
    cash_rounding_step=st.sampled_from([0, 1, 5, 10, 100]),
)


@given(AMOUNTS, TENDERS, POLICIES)
def test_what_was_settled_at_once_balances_alike_later(total: int, tenders: list[Tender], policy: Policy) -> None:
    with suppress(Invalid):
        settled = pricing.settle(total, tenders, policy)
        later = pricing.balance(total, [Tender(one.method, one.amount) for one in settled.tenders], policy)
        assert later == (settled.cash_rounding, settled.amount_due, settled.cash_due)


@given(AMOUNTS, TENDERS, POLICIES)
def test_tender_by_tender_is_never_above_what_is_due_and_ends_in_a_balance(
    total: int, tenders: list[Tender], policy: Policy
) -> None:
    taken: list[Tender] = []
    for tender in tenders:
        with suppress(Invalid):
            paid = pricing.next_tender(total, taken, tender, policy)
            assert 0 <= paid.amount <= max(tender.amount, pricing.balance(total, taken, policy).cash_due)
            assert paid.tendered - paid.change == paid.amount
            taken.append(Tender(paid.method, paid.amount))
        left = pricing.balance(total, taken, policy)
        assert left.amount_due >= 0
        assert sum(one.amount for one in taken) + left.amount_due == total + left.cash_rounding
        assert abs(left.cash_rounding) < max(policy.cash_rounding_step, 1)


@given(AMOUNTS, TENDERS, POLICIES, st.data())
def test_whichever_payment_goes_the_rest_still_balances(
    total: int, tenders: list[Tender], policy: Policy, data: st.DataObject
) -> None:
    taken: list[Tender] = []
    for tender in tenders:
        with suppress(Invalid):
            paid = pricing.next_tender(total, taken, tender, policy)
            taken.append(Tender(paid.method, paid.amount))
    if not taken:
        return
    taken.pop(data.draw(st.integers(0, len(taken) - 1)))

    left = pricing.balance(total, taken, policy)

    assert sum(one.amount for one in taken) + left.amount_due == total + left.cash_rounding
    assert left.amount_due >= 0
    full = pricing.next_tender(total, taken, Tender("card", left.amount_due), policy) if left.amount_due else None
    assert full is None or pricing.balance(total, [*taken, Tender("card", full.amount)], policy).amount_due == 0


# --- sequences of operations ------------------------------------------------------------------------------------------

TOTAL = 10_000
SAYS = st.sampled_from([None, "decline", "timeout", "lost", "late", "capture_decline", "void_timeout"])
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("cash"), st.integers(1, 12_000)),
        st.tuples(st.just("card"), st.integers(1, 12_000)),
        st.tuples(st.just("ask"), st.integers(1, 10_000), SAYS, st.booleans()),
        st.tuples(st.sampled_from(["capture", "void", "check"]), st.integers(0, 9)),
        st.tuples(st.sampled_from(["wait", "settle"])),
        st.tuples(st.just("cancel")),
    ),
    max_size=12,
)


class Sequence:
    """One order and the payments that come and go; after every step it has to add up."""

    def __init__(self, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
        self.desk, self.monkeypatch, self.minutes = desk, monkeypatch, 0
        set_clock(monkeypatch, MORNING)
        self.order_id = desk.order(TOTAL)

    def do(self, step: Any) -> None:
        """Make a step; it is done or refused, and never fails."""
        name, *arguments = step
        if name == "wait":
            self.minutes += 2
            set_clock(self.monkeypatch, f"2026-11-24T02:{self.minutes:02}:00Z")
        elif name == "settle":
            settle()
        elif name == "cancel":
            assert self.desk.cancel(self.order_id).status in (200, 409)
        else:
            reply = self._pay(name, *arguments)
            assert reply is None or reply.status in (200, 409, 422), reply.text

    def _pay(self, name: str, number: int, says: str | None = None, capture: bool = True) -> Reply | None:
        if name in ("cash", "card"):
            return self.desk.pay(self.order_id, name, number)
        if name == "ask":
            return self.desk.ask(self.order_id, number, says=says, capture=capture)
        payments = self.desk.get(self.order_id)["payments"]
        if not payments:
            return None
        operation = {"capture": self.desk.capture, "void": self.desk.void, "check": self.desk.check}[name]
        return operation(self.order_id, payments[number % len(payments)]["id"])

    def add_up(self) -> None:
        """Paid is what is captured, reserved what is held, and neither leaves less than nothing due."""
        order = self.desk.get(self.order_id)
        if order["status"] == "cancelled":
            assert {one["status"] for one in order["payments"]} <= {"voided", "declined"}
            return
        sums = dict.fromkeys(("pending", "authorized", "captured", "declined", "voided"), 0)
        for payment in order["payments"]:
            sums[payment["status"]] += payment["amount"]
        reserved = sums["pending"] + sums["authorized"]
        _, paid, held, due = figures(order)
        assert (paid, held, due) == (sums["captured"], reserved, TOTAL - sums["captured"])
        assert paid + held <= TOTAL

    def agree(self) -> None:
        """In the end Kasir and the provider have taken the same."""
        for _ in range(3):
            self.do(("wait",))
            self.do(("settle",))
        there = ledger()
        for payment in self.desk.get(self.order_id)["payments"]:
            if payment.get("provider"):
                taken = there.get(payment["id"]) in ("captured", "authorized")
                asked = payment.get("asked") is not None
                assert taken == (payment["status"] in ("captured", "authorized")) or asked
                assert not asked or payment["reference"] == "simulate:void_timeout"


# All examples happen in one shop, each with an order of its own.
@pytest.mark.slow
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_after_every_step_payments_add_up_and_in_the_end_the_provider_agrees(shop: Shop, steps: list[Any]) -> None:
    with pytest.MonkeyPatch.context() as monkeypatch:
        sequence = Sequence(Desk(shop), monkeypatch)
        for step in steps:
            sequence.do(step)
            sequence.add_up()
        sequence.agree()
        sequence.add_up()
