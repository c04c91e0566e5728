"""How fast one caller may go in one worker."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pos import clock, throttle
from pos.http import Answer, Call, Operation, operation
from tests.support.contract import logged
from tests.support.shop import Reply, request_event, send


@pytest.fixture(autouse=True)
def limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REQUESTS_PER_SECOND_PER_KEY", "1")
    monkeypatch.setenv("STACK_NAME", "test")
    monkeypatch.setattr(throttle, "_due", {})
    set_clock(monkeypatch, 0)


def set_clock(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    moment = datetime(2030, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    monkeypatch.setattr(clock, "now", lambda: moment)


def asked(times: int, merchant_id: str = "mer_1", permissions: str = "*") -> list[Reply]:
    @operation(permission="things:read")
    def handler(call: Call[None, None]) -> Answer:
        return Answer(200, b"{}")

    found: Operation[None, None] = handler
    return [send(found, request_event(merchant_id, permissions=permissions)) for _ in range(times)]


def test_ten_seconds_worth_may_come_at_once_and_the_next_is_told_when() -> None:
    with logged() as written:
        *admitted, refused = asked(11)

    assert {reply.status for reply in admitted} == {200}
    assert (refused.status, refused.code, refused.headers["retry-after"]) == (429, "request.too_many", "1")
    assert json.loads(written.getvalue().splitlines()[-1])["throttled"] == 1


def test_after_the_wait_it_goes_on_at_the_rate(monkeypatch: pytest.MonkeyPatch) -> None:
    asked(20)
    set_clock(monkeypatch, 5)

    assert [reply.status for reply in asked(7)] == [200] * 5 + [429] * 2


def test_refusals_do_not_push_the_next_turn_away(monkeypatch: pytest.MonkeyPatch) -> None:
    asked(500)
    set_clock(monkeypatch, 1.1)

    assert asked(1)[0].status == 200


def test_each_caller_has_a_count_of_its_own() -> None:
    asked(11)

    assert asked(1, merchant_id="mer_2")[0].status == 200


def test_who_may_not_do_it_is_counted_too() -> None:
    refused = asked(11, permissions="other:read")

    assert [reply.status for reply in refused] == [403] * 10 + [429]


def test_no_limit_is_no_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REQUESTS_PER_SECOND_PER_KEY", "0")

    assert {reply.status for reply in asked(50)} == {200}


def test_it_remembers_no_more_callers_than_it_has_room_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(throttle, "_KEPT", 10)
    for caller in range(100):
        throttle.admit(str(caller))

    assert len(throttle._due) <= 10


@given(st.lists(st.floats(0, 3), max_size=200), st.integers(1, 50), st.integers(1, 100))
def test_no_window_has_more_than_its_rate_and_the_burst(gaps: list[float], rate: int, burst: int) -> None:
    due = now = 0.0
    admitted: list[float] = []
    for gap in gaps:
        now += gap / rate
        due, wait = throttle.after(due, now, rate, burst)
        assert wait <= burst / rate
        if wait <= 0:
            admitted.append(now)

    for first, begun in enumerate(admitted):
        for last in range(first, len(admitted)):
            assert last - first + 1 <= burst + 0.5 + (admitted[last] - begun) * rate + 1e-6
