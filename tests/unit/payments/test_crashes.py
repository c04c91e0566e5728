"""Wherever a process ends between an order and a provider, a check finds what became of it: taken once, or never.

Each scenario runs once for each call that it makes to DynamoDB or to the provider (whose ledger is there too), and ends
right before or after that call; then the schedule comes round.
"""

import itertools
from collections.abc import Callable
from typing import Any

import pytest

from payments import providers
from pos import aws
from tests.unit.orders.till import Killed, set_clock
from tests.unit.payments.desk import A_MINUTE_LATER, MORNING, Desk, figures, ledger, settle, states

type Scenario = Callable[[Desk, str], None]

_LATER_STILL = "2026-11-24T02:05:00Z"


def taking(desk: Desk, order_id: str) -> None:
    desk.ask(order_id, complete=True)


def holding(desk: Desk, order_id: str) -> None:
    desk.ask(order_id, capture=False)


def tab(desk: Desk, order_id: str) -> None:
    payment_id = desk.ask(order_id, capture=False).json["payments"][0]["id"]
    desk.capture(order_id, payment_id)


def regret(desk: Desk, order_id: str) -> None:
    payment_id = desk.ask(order_id).json["payments"][0]["id"]
    desk.void(order_id, payment_id)


def refusal(desk: Desk, order_id: str) -> None:
    desk.ask(order_id, says="decline")


def cancellation(desk: Desk, order_id: str) -> None:
    desk.ask(order_id)
    desk.cancel(order_id)


def checking(desk: Desk, order_id: str) -> None:
    payment_id = desk.ask(order_id, says="timeout").json["payments"][0]["id"]
    desk.check(order_id, payment_id)


def a_second_try(desk: Desk, order_id: str) -> None:
    desk.ask(order_id, 4_000, says="lost")
    desk.ask(order_id, 6_000)


class Calls:
    """Every call to DynamoDB and to the provider, counted; the process ends at one of them."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, last: int, *, after: bool) -> None:
        self.made: list[str] = []
        self._numbers, self._last, self._after = itertools.count(1), last, after
        client: Any = aws.dynamodb()
        self._watch(monkeypatch, client, "_make_api_call")
        for name in ("authorize", "capture", "void", "check"):
            self._watch(monkeypatch, providers.PROVIDERS["simulated"], name)

    def _watch(self, monkeypatch: pytest.MonkeyPatch, owner: Any, name: str) -> None:
        original = getattr(owner, name)

        def call(*args: Any, **kwargs: Any) -> Any:
            self.made.append(name)
            last = next(self._numbers) == self._last
            if last and not self._after:
                raise Killed
            try:
                return original(*args, **kwargs)
            finally:
                if last:
                    raise Killed

        monkeypatch.setattr(owner, name, call)


def ends_at(monkeypatch: pytest.MonkeyPatch, run: Callable[[], object], last: int, *, after: bool) -> bool:
    """Whether the process ended at this call; it did not if it makes fewer."""
    with monkeypatch.context() as crashing:
        Calls(crashing, last, after=after)
        try:
            run()
        except Killed:
            return True
    return False


def assert_settled(desk: Desk, order_id: str, held: dict[str, str]) -> None:
    """Kasir and the provider, which holds what `held` says since the order was made, say the same of every payment;
    nothing is open, and nothing was taken twice.
    """
    order = desk.get(order_id)
    assert not any("asked" in payment for payment in order["payments"])
    for payment in order["payments"]:
        there = held.pop(payment["id"], "unknown")
        assert (payment["status"], there) in {
            ("captured", "captured"),
            ("authorized", "authorized"),
            ("voided", "voided"),
            ("declined", "declined"),
            ("declined", "voided"),
        }
    assert not held
    if order["status"] != "cancelled":
        captured = sum(one["amount"] for one in order["payments"] if one["status"] == "captured")
        reserved = sum(one["amount"] for one in order["payments"] if one["status"] in ("pending", "authorized"))
        assert (order["paid"], order["reserved"], order["amount_due"]) == (captured, reserved, 10_000 - captured)
        assert captured + reserved <= 10_000


SCENARIOS = [taking, holding, tab, regret, refusal, cancellation, checking, a_second_try]


@pytest.mark.slow
@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.__name__)
def test_a_process_that_ends_at_any_call_leaves_what_the_schedule_settles(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, scenario: Scenario, after: bool
) -> None:
    for last in itertools.count(1):
        set_clock(monkeypatch, MORNING)
        order_id, known = desk.order(), set(ledger())
        crashed = ends_at(monkeypatch, lambda: scenario(desk, order_id), last, after=after)  # noqa: B023 - called at once

        for moment in (A_MINUTE_LATER, _LATER_STILL):
            set_clock(monkeypatch, moment)
            settle()

        assert_settled(desk, order_id, {name: state for name, state in ledger().items() if name not in known})
        if not crashed:
            break
    assert last > 5


@pytest.mark.slow
@pytest.mark.parametrize("after", [False, True])
def test_a_schedule_that_ends_at_any_call_is_taken_up_by_the_next(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, after: bool
) -> None:
    for last in itertools.count(1):
        set_clock(monkeypatch, MORNING)
        taken, lost = desk.order(), desk.order()
        desk.ask(taken, says="timeout")
        desk.ask(lost, says="lost")
        set_clock(monkeypatch, A_MINUTE_LATER)
        crashed = ends_at(monkeypatch, settle, last, after=after)

        for moment in (_LATER_STILL, "2026-11-24T02:10:00Z"):
            set_clock(monkeypatch, moment)
            settle()

        assert (states(desk.get(taken)), states(desk.get(lost))) == (["captured"], ["declined"])
        if not crashed:
            break
    assert last > 10


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("number", range(1, 5))
def test_the_repeat_of_a_request_that_crashed_takes_it_once(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, number: int, after: bool
) -> None:
    order_id = desk.order()

    def sell() -> Any:
        return desk.ask(order_id, headers={"Idempotency-Key": "k"})

    assert ends_at(monkeypatch, sell, number, after=after)
    answer = sell().json
    payment_id = answer["payments"][0]["id"]
    set_clock(monkeypatch, A_MINUTE_LATER)

    settled = desk.check(order_id, payment_id).json

    assert len(settled["payments"]) == len(ledger()) == 1
    assert figures(settled) in {("paid", 10_000, 0, 0), ("unpaid", 0, 0, 10_000)}
    assert (states(settled), list(ledger().values())) in (
        (["captured"], ["captured"]),
        (["declined"], ["voided"]),
    )
