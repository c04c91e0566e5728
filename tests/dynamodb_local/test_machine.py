"""The state machine on Amazon's own engine, with its own streams: 10,000 steps."""

import pytest

from tests.dynamodb_local.engine import Streams
from tests.model.drivers import Clock, InProcess
from tests.model.machine import keep_shop


@pytest.mark.parametrize("number", range(5, 9))
def test_everything_adds_up_after_each_of_10000_steps(aws: None, monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    streams, clock = Streams(), Clock(monkeypatch)
    tally = keep_shop(lambda: InProcess(streams, clock), steps=2_500, number=number)
    assert not tally.never_done
