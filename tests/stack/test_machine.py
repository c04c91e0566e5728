"""The state machine against the deployed stack: over HTTP, with its own streams, schedules and clock."""

from collections.abc import Callable

import pytest

from tests.model.drivers import OverHttp
from tests.model.machine import keep_shop
from tests.stack.support import Shop

pytestmark = [pytest.mark.stack, pytest.mark.slow]


def test_everything_adds_up_after_each_step_on_the_deployed_stack(open_shop: Callable[..., Shop]) -> None:
    tally = keep_shop(lambda: OverHttp(open_shop()), steps=250, number=20, repeatable=False)
    assert tally.answers["POST /v1/orders"]["done"] > 0
