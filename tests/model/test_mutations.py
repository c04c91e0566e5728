"""What the state machine is worth: each of these faults of one line, put into Kasir on purpose, is noticed."""

import functools
import importlib
import inspect
import textwrap
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest

from tests.model.drivers import Driver, on_moto
from tests.model.machine import keep_shop

pytestmark = pytest.mark.slow

STEPS = 1_000
"""How many steps a fault may stay unnoticed at most."""


class Fault(NamedTuple):
    """A piece of a function's source, and what is wrong in its place."""

    title: str
    function: str
    right: str
    wrong: str


FAULTS = (
    Fault(
        "stock returns twice when an order is cancelled",
        "orders.cancel_order:_cancel",
        "moves_between(order.lines, ())",
        "moves_between(order.lines * 2, ())",
    ),
    Fault(
        "a void leaves the money in the drawer",
        "orders.effects:_effects",
        'if payment.status == "captured":',
        'if payment.status in ("captured", "voided"):',
    ),
    Fault(
        "more is refunded than was paid",
        "orders.refunding:refundable",
        "order.total - order.amount_due - sum",
        "order.total - sum",
    ),
    Fault(
        "points are earned twice",
        "orders.loyalty:recorded",
        '"points_earned": _earned(order, terms),',
        '"points_earned": terms.points_earned,',
    ),
    Fault(
        "goods that come back keep their points",
        "orders.loyalty:_earned",
        "order.total - order.tip - returned",
        "order.total - order.tip",
    ),
    Fault(
        "a modifier that is had twice takes its stock once",
        "orders.rules:_taken_by",
        "one.quantity * count * line.quantity",
        "one.quantity * line.quantity",
    ),
    Fault(
        "a transfer takes in what was sent, not what arrived",
        "inventory.store:receive_transfer",
        "line.received, line.unit_cost",
        "line.quantity, line.unit_cost",
    ),
    Fault(
        "a count adds what was found to what was there",
        "inventory.rules:counted",
        "difference=line.quantity - expected",
        "difference=line.quantity",
    ),
    Fault(
        "stock is low at each movement below the threshold",
        "inventory.rules:became_low",
        " and not is_low(before, movement.threshold)",
        "",
    ),
    Fault(
        "what is dropped into the safe is added to the drawer",
        "shifts.rules:signed",
        "if type in _OUT",
        'if type == "paid_out"',
    ),
    Fault(
        "reports know an order's first refund only",
        "reports.rules:_refunded",
        "in sale.refunds:",
        "in sale.refunds[:1]:",
    ),
    Fault(
        "reports count voided payments",
        "reports.rules:_paid",
        'if payment.status != "captured":',
        'if payment.status == "declined":',
    ),
    Fault(
        "an Idempotency-Key is forgotten",
        "pos.http:Call.once",
        "if self.idempotency_key is None:",
        "if True:",
    ),
    Fault(
        "a provider is not told of a void",
        "orders.models:Payment.voided",
        'asked="void" if self.provider else None',
        "asked=None",
    ),
    Fault(
        "what a provider declines counts as given back",
        "payments.rules:refund_answered",
        '"declined": "declined"',
        '"declined": "completed"',
    ),
)


def commit(fault: Fault, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put a fault into the function's own code, where everybody meets it who has imported the function."""
    module_name, _, path = fault.function.partition(":")
    module = importlib.import_module(module_name)
    function: Any = functools.reduce(getattr, path.split("."), module)
    source = textwrap.dedent(inspect.getsource(function))
    assert source.count(fault.right) == 1, f"{fault.function} is another now: put the fault where it belongs"
    made: dict[str, Any] = {}
    exec(source.replace(fault.right, fault.wrong), vars(module), made)  # noqa: S102 - it is our own source
    monkeypatch.setattr(function, "__code__", made[function.__name__].__code__)


@pytest.fixture
def drive(aws: None, monkeypatch: pytest.MonkeyPatch) -> Callable[[], Driver]:
    return on_moto(monkeypatch)


@pytest.mark.parametrize("fault", FAULTS, ids=[fault.title for fault in FAULTS])
def test_a_fault_is_noticed(drive: Callable[[], Driver], monkeypatch: pytest.MonkeyPatch, fault: Fault) -> None:
    commit(fault, monkeypatch)
    with pytest.raises((AssertionError, ExceptionGroup)):
        keep_shop(drive, steps=STEPS, number=100, repeatable=False)
