"""Delivery queue: signs and posts events to endpoints; what fails goes back to the queue with a growing delay."""

import random
from collections import Counter, defaultdict
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import botocore.exceptions

from pos import clock, dynamo, log, metrics, outbound, outbox
from pos.clock import timestamp
from pos.dynamo import Item
from pos.log import logger
from webhooks import posting, queue, rules, signing, store, watching
from webhooks.breaker import Health
from webhooks.models import Attempt
from webhooks.posting import Post, Reply
from webhooks.queue import Job
from webhooks.rules import MAX_DELAY
from webhooks.store import Progress, Target
from webhooks.watching import Attempted

type _Found = Mapping[tuple[str, tuple[str, str]], Item]

_GRACE_SECONDS = 6  # for what is left to do when a POST was cut off; with it, a batch ends within the time limit
_GONE = 410
_ASKS_FOR_TIME = (429, 503)
_COUNTED = {
    "delivered": "deliveries_delivered",
    "retried": "deliveries_retried",
    "exhausted": "deliveries_given_up",
    "parked": "deliveries_given_up",
}
"""Outcome of an attempt -> the metric that counts it."""

_threads = ThreadPoolExecutor(32, thread_name_prefix="post")


@dataclass(frozen=True, slots=True)
class _Taken:
    """The message of a job, and whether it came by the slow lane."""

    message_id: str
    slow: bool


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What became of a message, and how the attempt went if there was one."""

    word: str
    attempted: Attempted | None = None


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Attempt a batch of deliveries at the same time, each on its own.

    A receiver's failure is an outcome like any other. A message is left to SQS (and after five times to the dead-letter
    queue) only when the fault is ours.
    """
    jobs, failed = _parse(event["Records"])
    found = dynamo.fetch(
        ref
        for job in jobs
        for ref in (_target_ref(job), _health_ref(job), store.progress_ref(job.key), _event_ref(job))
    )
    posts = {job: Post() for job in jobs}
    running = {job: _threads.submit(_deliver, job, found, posts[job], taken.slow) for job, taken in jobs.items()}
    _await(running, posts)
    outcomes: dict[Job, _Outcome] = {}
    for job, taken in jobs.items():
        try:
            outcomes[job] = running[job].result(timeout=0)
        except Exception:  # noqa: BLE001 - the message stays in the queue: it is repeated, and kept if it never works
            logger.exception("delivery failed by our fault", extra={"message_id": taken.message_id})
            failed.append(taken.message_id)
    _observe(outcomes, found)
    if failed:
        metrics.add("deliveries_failed", len(failed))
    words = Counter(outcome.word for outcome in outcomes.values())
    for word, count in words.items():
        if word in _COUNTED:
            metrics.add(_COUNTED[word], count)
    log.summary("deliveries attempted", **words, failed=len(failed))
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed]}


def _parse(records: list[dict[str, Any]]) -> tuple[dict[Job, _Taken], list[str]]:
    """Each job of a batch with its message, and the messages that are none. Of a job's repeats one will do."""
    jobs: dict[Job, _Taken] = {}
    failed: list[str] = []
    for record in records:
        slow = record.get("eventSourceARN", "").endswith(queue.SLOW_LANE)
        try:
            jobs.setdefault(Job.parse(record["body"]), _Taken(record["messageId"], slow))
        except (ValueError, TypeError):
            logger.exception("unreadable message", extra={"message_id": record["messageId"]})
            failed.append(record["messageId"])
    return jobs, failed


def _await(running: Mapping[Job, Future[_Outcome]], posts: Mapping[Job, Post]) -> None:
    """Wait for the posts until their time is over, then cut off those that still wait for an answer."""
    wait(running.values(), timeout=posting.TOTAL_SECONDS)
    for job, future in running.items():
        if not future.done():
            posts[job].cut_off()
    wait(running.values(), timeout=_GRACE_SECONDS)


def _deliver(job: Job, found: _Found, post: Post, slow_lane: bool) -> _Outcome:
    """Attempt one delivery, if there is still something to do; what became of it."""
    progress = dynamo.resolve(store.progress_ref(job.key), found)
    if progress is None:
        raise LookupError("a message without its delivery")
    if progress.status != "pending" or job.attempt <= progress.attempts:
        return _Outcome("settled_before")
    target = dynamo.resolve(_target_ref(job), found)
    if target is None or target.endpoint.deleted_at is not None:
        store.set_aside(job.key, "discarded")
        return _Outcome("discarded")
    health = dynamo.resolve(_health_ref(job), found)
    if not target.endpoint.enabled or not health.admits(job.key.item_key[1]):
        store.set_aside(job.key, "parked")
        return _Outcome("parked")
    early = _seconds_early(progress, clock.now())
    if early > 1:
        # What has longer to wait than SQS can delay stands in the index, which brings it back.
        if early <= MAX_DELAY:
            queue.send([job], early, slow=health.slow)
        return _Outcome("not_due")
    if health.slow and not slow_lane:
        queue.send([job], slow=True)
        return _Outcome("changed_lane")
    stored = dynamo.resolve(_event_ref(job), found)
    if stored is None:
        raise LookupError("a delivery without its event")
    sent_at = clock.now()
    reply = post.post(target.endpoint.url, *_request(job, target, outbox.events(stored)[job.ordinal], sent_at))
    outcome = _settle(job, progress, target, health, reply, sent_at)
    if outcome.word == "delivered":
        age = clock.now() - datetime.fromisoformat(stored["at"])
        metrics.add("delivery_age", age // timedelta(milliseconds=1))
    return outcome


def _request(job: Job, target: Target, event: outbox.Event, now: datetime) -> tuple[dict[str, str], bytes]:
    body = rules.sent(event.id, event.body)
    return signing.headers(job.merchant_id, target, event.id, body, now), body


def _settle(job: Job, progress: Progress, target: Target, health: Health, reply: Reply, sent_at: datetime) -> _Outcome:
    """Keep what came of an attempt. The next one is queued before this one is on record: dying in between costs a
    repeat, never a delivery.
    """
    attempt = Attempt(
        at=timestamp(sent_at),
        status_code=reply.status_code,
        error=reply.error,
        latency_ms=reply.latency_ms,
        excerpt=reply.excerpt,
    )
    now = clock.now()
    status_code = reply.status_code or 0
    asked = outbound.retry_after(reply.retry_after, now) if status_code in _ASKS_FOR_TIME else None
    succeeded = 200 <= status_code < 300
    attempted = Attempted(job.key, succeeded, reply.latency_ms, asked)
    if succeeded:
        store.record_attempt(job.key, "delivered", job.attempt, attempt)
        return _Outcome("delivered", attempted)
    if status_code == _GONE and store.suspend_endpoint(job.merchant_id, target, now):
        logger.warning("endpoint suspended", extra=_named(job))
        store.record_attempt(job.key, "parked", job.attempt, attempt)
        return _Outcome("parked", attempted)
    if health.state == "open":
        store.record_attempt(job.key, "parked", job.attempt, attempt)
        return _Outcome("probe_failed", attempted)
    delay = rules.retry_delay(job.attempt - progress.uncounted, random.random(), asked)
    if delay is None:
        logger.warning("delivery exhausted", extra=_named(job))
        store.record_attempt(job.key, "exhausted", job.attempt, attempt)
        return _Outcome("exhausted", attempted)
    due = back_at = now + timedelta(seconds=delay)
    if delay <= MAX_DELAY:
        queue.send([job.again()], delay, slow=health.slow)
        back_at += store.LEASE
    store.record_attempt(job.key, "pending", job.attempt, attempt, due, back_at)
    return _Outcome("retried", attempted)


def _observe(outcomes: Mapping[Job, _Outcome], found: _Found) -> None:
    """Keep what the attempts tell of their endpoints. Each attempt is on record by now, so nothing may fail by this."""
    attempts: defaultdict[tuple[str, str], list[Attempted]] = defaultdict(list)
    for job, outcome in outcomes.items():
        if outcome.attempted is not None:
            attempts[job.merchant_id, job.endpoint_id].append(outcome.attempted)
    for (merchant_id, endpoint_id), made in attempts.items():
        before = dynamo.resolve(store.health_ref(merchant_id, endpoint_id), found)
        try:
            watching.observe(merchant_id, endpoint_id, before, made, clock.now())
        except (botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError, dynamo.Busy):
            logger.exception("an endpoint's health is not kept", extra={"endpoint_id": endpoint_id})


def _seconds_early(progress: Progress, now: datetime) -> float:
    return 0 if progress.next_attempt_at is None else (progress.next_attempt_at - now).total_seconds()


def _named(job: Job) -> dict[str, str]:
    return {"merchant_id": job.merchant_id, "endpoint_id": job.endpoint_id}


def _target_ref(job: Job) -> dynamo.Ref[Target | None]:
    return store.target_ref(job.merchant_id, job.endpoint_id)


def _health_ref(job: Job) -> dynamo.Ref[Health]:
    return store.health_ref(job.merchant_id, job.endpoint_id)


def _event_ref(job: Job) -> dynamo.Ref[Item | None]:
    key = outbox.item_key(job.merchant_id, job.entity_id, job.version)
    return dynamo.Ref(outbox.TABLE, key, lambda item: item)
