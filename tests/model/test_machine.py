"""The state machine on moto: a little of it always, and 10,000 steps of it in the slow suite."""

from collections.abc import Callable

import pytest

from tests.model.drivers import Driver, on_moto
from tests.model.machine import keep_shop


@pytest.fixture
def drive(aws: None, monkeypatch: pytest.MonkeyPatch) -> Callable[[], Driver]:
    return on_moto(monkeypatch)


def test_everything_adds_up_after_each_step(drive: Callable[[], Driver]) -> None:
    tally = keep_shop(drive, steps=45, each=15)
    assert tally.answers["POST /v1/orders"]["done"] > 0


@pytest.mark.slow
@pytest.mark.parametrize("number", range(1, 5))
def test_everything_adds_up_after_each_of_10000_steps(drive: Callable[[], Driver], number: int) -> None:
    tally = keep_shop(drive, steps=2_500, number=number)
    assert not tally.never_done
