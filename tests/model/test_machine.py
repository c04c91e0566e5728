"""The state machine on moto: a little of it always, and 10,000 steps of it in the slow suite."""

from collections.abc import Callable

import pytest

from tests.model.drivers import Driver, on_moto
from tests.model.machine import keep_shop


@pytest.fixture
def drive(aws: None, monkeypatch: pytest.MonkeyPatch) -> Callable[[], Driver]:
    return on_moto(monkeypatch)


def test_everything_adds_up_after_each_step(drive: Callable[[], Driver]) -> None:
    assert keep_shop(drive, shops=3, steps=20).steps >= 60


@pytest.mark.slow
@pytest.mark.parametrize("number", range(1, 5))
def test_everything_adds_up_after_each_of_10000_steps(drive: Callable[[], Driver], number: int) -> None:
    tally = keep_shop(drive, shops=60, steps=50, number=number)
    assert tally.steps >= 2_500
    assert not tally.never_done
