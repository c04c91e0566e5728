"""What is done about endpoints that fail or are slow: attempts are observed, and who fails is visited at times.

`breaker` decides; here it is read, written and acted upon. Two rules keep parked deliveries from being forgotten: where
one is parked the endpoint has a time at which it is visited, and an endpoint whose breaker closed is visited until
nothing parked is left.
"""

from collections import defaultdict, deque
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from pos import dynamo
from pos.log import logger
from webhooks import breaker, queue, store
from webhooks.breaker import Health
from webhooks.queue import Job
from webhooks.store import DeliveryKey, Progress, Target

_ATTEMPTS_TO_SAVE = 5
_AT_ONCE = 1000

_threads = ThreadPoolExecutor(8, thread_name_prefix="release")
_latencies: defaultdict[str, deque[int]] = defaultdict(lambda: deque(maxlen=breaker.SAMPLE))


@dataclass(frozen=True, slots=True)
class Attempted:
    """How a delivery's attempt went: whether it was answered 2xx, after how long, and the wish to be left in peace."""

    key: DeliveryKey
    succeeded: bool
    latency_ms: int
    wish: float | None


def observe(merchant_id: str, endpoint_id: str, health: Health, attempts: Sequence[Attempted], now: datetime) -> None:
    """Keep what attempts tell of an endpoint, if it is anything new; `health` is as it was read before them.

    How slow it is, each process finds out by itself, from the last attempts that it made.
    """
    sample = _latencies[endpoint_id]
    sample.extend(attempt.latency_ms for attempt in attempts)
    failed = [attempt.key.item_key[1] for attempt in attempts if not attempt.succeeded]
    wish = max((attempt.wish or 0 for attempt in attempts), default=None)
    for _ in range(_ATTEMPTS_TO_SAVE):
        after = breaker.after_attempts(health, succeeded=len(failed) < len(attempts), failed=failed, now=now, wish=wish)
        after = breaker.in_lane(after, sample)
        if after == health:
            return
        if store.save_health(merchant_id, endpoint_id, after):
            _tell(merchant_id, endpoint_id, health, after)
            if after.state == "open" and health.state != "open":
                # So that there is something to probe with. Their messages will find them parked.
                for attempt in attempts:
                    store.set_aside(attempt.key, "parked")
            return
        health = dynamo.get(store.health_ref(merchant_id, endpoint_id))


def visit(merchant_id: str, endpoint_id: str, now: datetime) -> None:
    """Do what is due for an endpoint: probe it, release what is parked, suspend it, let expire what is too old."""
    target_ref, health_ref = store.target_ref(merchant_id, endpoint_id), store.health_ref(merchant_id, endpoint_id)
    found = dynamo.fetch([target_ref, health_ref])
    target, health = dynamo.resolve(target_ref, found), dynamo.resolve(health_ref, found)
    if target is None or target.endpoint.deleted_at is not None:
        parked = store.parked(merchant_id, endpoint_id, _AT_ONCE)
        _set_aside(parked, "discarded")
        store.save_health(merchant_id, endpoint_id, breaker.deleted(health, now, more=bool(parked)))
    elif not target.endpoint.enabled:
        _let_expire(merchant_id, endpoint_id, health, now)
    elif health.state == "open":
        _probe(merchant_id, target, health, now)
    else:
        _drain(merchant_id, endpoint_id, health, now)


def _probe(merchant_id: str, target: Target, health: Health, now: datetime) -> None:
    endpoint_id = target.endpoint.id
    if health.opened_at is not None and now - health.opened_at >= breaker.SUSPENDED_AFTER:
        if store.suspend_endpoint(merchant_id, target, now):
            logger.warning("endpoint suspended", extra={"merchant_id": merchant_id, "endpoint_id": endpoint_id})
        return
    candidates = store.parked(merchant_id, endpoint_id, breaker.PROBED_IN_TURN)
    if not candidates:
        store.save_health(merchant_id, endpoint_id, breaker.nothing_to_probe(health, now))
        return
    probe = candidates[health.probes % len(candidates)]
    # The sender lets nothing pass but what the health names, so this comes first.
    if store.save_health(merchant_id, endpoint_id, breaker.probing(health, probe.key.item_key[1], now)):
        wait = (health.visit_at - now).total_seconds() if health.visit_at else 0
        _release([probe], now, slow=health.slow, delay=max(wait, 0))


def _drain(merchant_id: str, endpoint_id: str, health: Health, now: datetime) -> None:
    parked = store.parked(merchant_id, endpoint_id, breaker.release_limit(health))
    _release(parked, now, slow=health.slow)
    after = breaker.after_release(health, len(parked), now)
    if store.save_health(merchant_id, endpoint_id, after):
        _tell(merchant_id, endpoint_id, health, after)


def _let_expire(merchant_id: str, endpoint_id: str, health: Health, now: datetime) -> None:
    parked = store.parked(merchant_id, endpoint_id, _AT_ONCE)
    old = [one for one in parked if now - one.created_at >= breaker.PARKED_FOR]
    _set_aside(old, "expired")
    if old:
        told = {"merchant_id": merchant_id, "endpoint_id": endpoint_id, "deliveries": len(old)}
        logger.warning("parked deliveries expired", extra=told)
    store.save_health(merchant_id, endpoint_id, breaker.stopped(health, now, more=len(old) == _AT_ONCE))


def _release(parked: Sequence[Progress], now: datetime, *, slow: bool, delay: float = 0) -> None:
    """Have deliveries sent. They are pending on record first, so the index brings back whose message is lost."""
    released = _threads.map(lambda one: store.release(one, now), parked)
    jobs = [Job.next(one) for one, done in zip(parked, released, strict=True) if done]
    queue.send(jobs, delay, slow=slow)


def _set_aside(parked: Iterable[Progress], status: Literal["discarded", "expired"]) -> None:
    list(_threads.map(lambda one: store.set_aside(one.key, status, "parked"), parked))


def _tell(merchant_id: str, endpoint_id: str, before: Health, after: Health) -> None:
    if (before.state, before.slow) == (after.state, after.slow):
        return
    if before.slow != after.slow:
        _latencies[endpoint_id].clear()
    told = {"merchant_id": merchant_id, "endpoint_id": endpoint_id, "state": after.state, "slow": after.slow}
    logger.warning("endpoint's health changed", extra=told)
