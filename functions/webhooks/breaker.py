"""Whether an endpoint is sent to, and how fast. A breaker without I/O; its state is kept only of endpoints that fail or
are slow, so that those that answer cost nothing.

    closed ──5 deliveries fail over a minute──▶ open ──a probe is answered──▶ recovering ──drained, or 8 turns──▶ closed
                                                 │ 5 days, 410, disabled           ▲
                                                 ▼                                 │
                                              stopped ────── enabled again ────────┘

In every state but `closed` new deliveries are parked. `visit_at` is when the endpoint is looked at next: to probe it,
to release what is parked, to let what is too old expire.
"""

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

type State = Literal["closed", "open", "recovering", "stopped"]

SUSPENDED_AFTER = timedelta(days=5)
PARKED_FOR = timedelta(days=30)
PROBED_IN_TURN = 3
"""Probes go round among this many of the oldest parked deliveries, so that a poison one cannot keep a breaker open."""

SAMPLE = 20
"""How many of an endpoint's last attempts tell whether it is slow."""

_OPENING_DELIVERIES = 5
_OPENING_TIME = timedelta(seconds=60)
_FIRST_PROBE, _LAST_PROBE = 30, 1800
_PROBE_LEASE = timedelta(minutes=15)
_FIRST_RELEASE, _LAST_RELEASE = 10, 2000
_TURNS = 8
_TURN = timedelta(minutes=1)
_EMPTY_TURNS = 3
_STOPPED_TURN = timedelta(days=1)
_NOTHING_COMES = timedelta(days=2)
_SLOW_MS, _QUICK_MS = 2000, 1000
_UNANSWERED_MS = 10_000
_PROOF = 3


@dataclass(frozen=True, slots=True)
class Health:
    """What is known of an endpoint. `failed` names up to five deliveries that failed since it last answered 2xx. `slow`
    is who has the slow lane: also a new one, which is `unproven` until it has shown to be quick.
    """

    state: State = "closed"
    failed: tuple[str, ...] = ()
    failing_since: datetime | None = None
    opened_at: datetime | None = None
    probe: str | None = None
    probes: int = 0
    turn: int = 0
    visit_at: datetime | None = None
    slow: bool = False
    unproven: bool = False
    version: int = 0

    @property
    def parks(self) -> bool:
        """Whether new deliveries are parked, behind those that are parked already."""
        return self.state != "closed"

    def admits(self, delivery: str) -> bool:
        """Whether this delivery, which is to be sent, may be."""
        return self.state in ("closed", "recovering") or (self.state == "open" and delivery == self.probe)


def after_attempts(
    health: Health, *, succeeded: bool, failed: Collection[str], now: datetime, wish: float | None = None
) -> Health:
    """What follows from a batch of attempts: whether any was answered 2xx, which deliveries failed, and how many
    seconds the receiver asked for (`Retry-After`). The same health if nothing does.
    """
    if health.state == "stopped":
        return health
    if health.state == "open":
        if succeeded:
            return _recovering(health, now)
        return _probe_failed(health, now, wish) if health.probe in failed else health
    if succeeded or not failed:
        return replace(health, failed=(), failing_since=None) if succeeded else health
    names = tuple(dict.fromkeys((*health.failed, *failed)))[:_OPENING_DELIVERIES]
    since = health.failing_since or now
    if len(names) == _OPENING_DELIVERIES and now - since >= _OPENING_TIME:
        return Health(
            "open",
            opened_at=now,
            visit_at=now + timedelta(seconds=_FIRST_PROBE),
            slow=health.slow,
            version=health.version,
        )
    return replace(health, failed=names, failing_since=since)


def probing(health: Health, delivery: str, now: datetime) -> Health:
    """The health of an open endpoint that this delivery is sent to, to try it; if nothing comes of that, another is."""
    return replace(health, probe=delivery, visit_at=now + _PROBE_LEASE)


def stopped(health: Health, now: datetime, *, more: bool) -> Health:
    """The health of an endpoint that is disabled or suspended; `more`: there is more to expire at once."""
    visit_at = now + (_TURN if more else _STOPPED_TURN)
    return Health("stopped", visit_at=visit_at, slow=health.slow, version=health.version)


def deleted(health: Health, now: datetime, *, more: bool) -> Health:
    """The health of an endpoint that is no more; `more`: there may be more that is parked for it."""
    return Health("stopped", visit_at=now + _TURN if more else None, version=health.version)


def release_limit(health: Health) -> int:
    """How many parked deliveries to release at this turn: 10, 20, 40 …, but 10 while the last ones fail."""
    if health.state == "closed":
        return _LAST_RELEASE
    return _FIRST_RELEASE if health.failed else _FIRST_RELEASE * 2**health.turn


def after_release(health: Health, found: int, now: datetime) -> Health:
    """The health after a turn at which `found` parked deliveries were there to be released.

    Once closed, an endpoint is visited until three turns found none: what was parked at the moment that it closed, and
    what the index showed late, is released then.
    """
    later = now + _TURN
    if health.state == "closed":
        turn = 0 if found else health.turn + 1
        if turn == _EMPTY_TURNS:
            return replace(health, turn=0, visit_at=None)
        return replace(health, turn=turn, visit_at=later)
    turn = health.turn + 1
    if not found or turn == _TURNS:
        return replace(health, state="closed", opened_at=None, turn=0, visit_at=later)
    return replace(health, state="recovering", turn=turn, visit_at=later)


def nothing_to_probe(health: Health, now: datetime) -> Health:
    """The health of an open endpoint for which nothing is parked yet. If that is so for longer than any delivery waits
    for its next attempt, none will be, and the next one that comes will tell.
    """
    if health.opened_at is None or now - health.opened_at >= _NOTHING_COMES:
        return Health("closed", visit_at=now + _TURN, slow=health.slow, version=health.version)
    return _probe_failed(health, now, None)


def in_lane(health: Health, latencies: Sequence[int]) -> Health:
    """The health with the lane that an endpoint's last latencies (ms) call for.

    One that keeps a worker waiting for 10 s is slow at once, and so is one of whose last 20 the p95 is above 2 s. It is
    quick again when the p95 is below 1 s; a new one when the first 3 are.
    """
    if max(latencies, default=0) >= _UNANSWERED_MS:
        return replace(health, slow=True, unproven=False)
    if health.unproven and len(latencies) >= _PROOF and max(latencies) < _QUICK_MS:
        return replace(health, slow=False, unproven=False)
    if len(latencies) < SAMPLE:
        return health
    p95 = sorted(latencies)[math.ceil(0.95 * len(latencies)) - 1]
    return replace(health, slow=p95 > (_QUICK_MS if health.slow else _SLOW_MS), unproven=False)


def _recovering(health: Health, now: datetime) -> Health:
    return Health("recovering", visit_at=now, slow=health.slow, version=health.version)


def _probe_failed(health: Health, now: datetime, wish: float | None) -> Health:
    probes = health.probes + 1
    seconds = min(max(_FIRST_PROBE * 2 ** min(probes, 10), wish or 0), _LAST_PROBE)
    return replace(health, probe=None, probes=probes, visit_at=now + timedelta(seconds=seconds))
