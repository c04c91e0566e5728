"""The state machine on Amazon's own engine, with its own streams: 10,000 steps."""

import pytest

from tests.dynamodb_local.engine import Streams
from tests.model.drivers import Clock, InProcess
from tests.model.machine import keep_shop


def test_everything_adds_up_after_each_of_10000_steps(aws: None, monkeypatch: pytest.MonkeyPatch) -> None:
    streams, clock = Streams(), Clock(monkeypatch)
    tally = keep_shop(lambda: InProcess(streams, clock), shops=100, steps=100, number=10)
    assert tally.steps >= 10_000
    assert not tally.never_done
