"""When an endpoint's breaker opens, probes and closes again, whatever happens in whatever order"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from webhooks import breaker
from webhooks.breaker import Health

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)

seconds = st.integers(0, 3600)
names = st.sampled_from([f"d{n}" for n in range(8)])
steps = st.lists(st.tuples(seconds, st.sets(names, max_size=6), st.booleans()), max_size=40)


def run(steps: list[tuple[int, set[str], bool]]) -> list[tuple[datetime, Health]]:
    """What batches of attempts (after so many seconds, these failed, others succeeded) make of a new endpoint."""
    health, now, states = Health(), NOON, []
    for wait, failed, succeeded in steps:
        now += timedelta(seconds=wait)
        health = breaker.after_attempts(health, succeeded=succeeded, failed=failed, now=now)
        states.append((now, health))
    return states


@given(steps)
def test_it_opens_only_after_five_deliveries_failed_over_a_minute_without_a_success(
    steps: list[tuple[int, set[str], bool]],
) -> None:
    failed: dict[str, datetime] = {}
    before = "closed"
    for (now, health), (_, names, succeeded) in zip(run(steps), steps, strict=True):
        if before == "closed":
            failed = {} if succeeded else {**dict.fromkeys(names, now), **failed}
            opened = bool(names) and len(failed) >= 5 and now - min(failed.values()) >= timedelta(minutes=1)
            assert (health.state == "open") == opened
        if health.state != "closed":
            break
        before = health.state


@given(names, st.lists(seconds, max_size=60))
def test_one_poison_delivery_never_opens_it(name: str, waits: list[int]) -> None:
    assert all(health.state == "closed" for _, health in run([(wait, {name}, False) for wait in waits]))


@given(steps)
def test_a_success_closes_or_begins_recovery_whatever_was(steps: list[tuple[int, set[str], bool]]) -> None:
    now, health = (run(steps) or [(NOON, Health())])[-1]
    after = breaker.after_attempts(health, succeeded=True, failed={"d1"}, now=now)
    assert after.state in ("closed", "recovering") and not after.failed
    assert after.visit_at == (now if health.state == "open" else health.visit_at)


@given(st.integers(1, 10))
def test_success_without_trouble_changes_nothing(batches: int) -> None:
    assert all(health == Health() for _, health in run([(1, set(), True)] * batches))


@given(st.lists(st.one_of(st.none(), st.floats(0, 1e7)), min_size=1, max_size=30))
def test_probes_are_half_a_minute_to_half_an_hour_apart(wishes: list[float | None]) -> None:
    health, now, waits = Health("open", opened_at=NOON, visit_at=NOON), NOON, []
    for wish in wishes:
        health = breaker.probing(health, "d1", now)
        assert health.admits("d1") and not health.admits("d2")
        health = breaker.after_attempts(health, succeeded=False, failed={"d1"}, now=now, wish=wish)
        assert health.visit_at is not None and not health.admits("d1")
        waits.append((health.visit_at - now).total_seconds())
        now = health.visit_at
    assert all(30 <= wait <= 1800 for wait in waits)
    assert waits[6:] == [1800] * len(waits[6:])


def test_only_the_probe_counts_while_it_is_open() -> None:
    health = breaker.probing(Health("open", opened_at=NOON), "d1", NOON)
    assert breaker.after_attempts(health, succeeded=False, failed={"d2", "d3"}, now=NOON) == health


def test_a_stopped_endpoint_is_changed_by_visits_only() -> None:
    health = Health("stopped", visit_at=NOON)
    assert breaker.after_attempts(health, succeeded=True, failed={"d2"}, now=NOON) == health


@given(st.integers(0, 100_000))
def test_recovery_grows_ends_and_leaves_nothing_behind(parked: int) -> None:
    health, now = Health("recovering", visit_at=NOON), NOON
    released = []
    while health.visit_at is not None:
        now = health.visit_at
        found = min(parked, breaker.release_limit(health))
        parked -= found
        if health.state == "recovering":
            released.append(breaker.release_limit(health))
        health = breaker.after_release(health, found, now)
    assert (parked, health.state, health.turn) == (0, "closed", 0)
    assert released == [10 * 2**turn for turn in range(len(released))]
    assert len(released) <= 8


def test_while_the_last_ones_fail_recovery_does_not_grow() -> None:
    health = Health("recovering", turn=5, failed=("d1",))
    assert breaker.release_limit(health) == 10


@given(st.lists(st.integers(0, 9_999), max_size=40), st.booleans())
def test_an_endpoint_is_slow_by_its_p95(latencies: list[int], slow: bool) -> None:
    verdict = breaker.in_lane(Health(slow=slow), latencies).slow
    if len(latencies) < breaker.SAMPLE:
        assert verdict == slow
    else:
        above = sum(latency > (1000 if slow else 2000) for latency in latencies)
        assert verdict == (above > len(latencies) // 20)


@given(st.lists(st.integers(0, 20_000), max_size=19), st.booleans(), st.booleans())
def test_one_answer_that_does_not_come_makes_an_endpoint_slow(latencies: list[int], slow: bool, unproven: bool) -> None:
    health = breaker.in_lane(Health(slow=slow, unproven=unproven), [*latencies, 15_000])
    assert (health.slow, health.unproven) == (True, False)


@given(st.lists(st.integers(0, 3_000), max_size=19))
def test_a_new_endpoint_is_slow_until_three_answers_were_quick(latencies: list[int]) -> None:
    health = breaker.in_lane(Health(slow=True, unproven=True), latencies)
    assert health.slow == health.unproven == (len(latencies) < 3 or max(latencies) >= 1000)


def test_an_open_endpoint_with_nothing_to_probe_closes_at_last() -> None:
    health = Health("open", opened_at=NOON, visit_at=NOON)
    now = NOON
    while health.state == "open":
        now = health.visit_at or now
        health = breaker.nothing_to_probe(health, now)
    assert timedelta(hours=47) < now - NOON < timedelta(hours=49)


def test_slowness_outlives_every_state() -> None:
    health = Health(slow=True, failed=("d1", "d2", "d3", "d4"), failing_since=NOON - timedelta(hours=1))
    health = breaker.after_attempts(health, succeeded=False, failed={"d5"}, now=NOON)
    recovering = breaker.after_attempts(replace(health, probe="d5"), succeeded=True, failed=(), now=NOON)
    stopped = breaker.stopped(health, NOON, more=False)
    assert [one.slow for one in (health, recovering, stopped)] == [True] * 3
