"""Delivery queue: signs and posts events to endpoints; what fails goes back to the queue with a growing delay."""

import random
from collections import Counter
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from datetime import datetime, timedelta
from typing import Any

from pos import clock, dynamo, log, metrics, outbox
from pos.clock import timestamp
from pos.dynamo import Item
from pos.log import logger
from webhooks import posting, queue, rules, signing, store
from webhooks.models import Attempt, Delivery
from webhooks.posting import Post, Reply
from webhooks.queue import Job
from webhooks.rules import MAX_DELAY
from webhooks.store import Target

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


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Attempt a batch of deliveries at the same time, each on its own.

    A receiver's failure is an outcome like any other. A message is left to SQS (and after five times to the dead-letter
    queue) only when the fault is ours.
    """
    jobs, failed = _parse(event["Records"])
    found = dynamo.fetch(
        ref for job in jobs for ref in (_target_ref(job), store.delivery_ref(job.key), _event_ref(job))
    )
    posts = {job: Post() for job in jobs}
    running = {job: _threads.submit(_deliver, job, found, post) for job, post in posts.items()}
    _await(running, posts)
    outcomes: Counter[str] = Counter()
    for job, message_id in jobs.items():
        try:
            outcomes[running[job].result(timeout=0)] += 1
        except Exception:  # noqa: BLE001 - the message stays in the queue: it is repeated, and kept if it never works
            logger.exception("delivery failed by our fault", extra={"message_id": message_id})
            failed.append(message_id)
    if failed:
        metrics.add("deliveries_failed", len(failed))
    for outcome, count in outcomes.items():
        if outcome in _COUNTED:
            metrics.add(_COUNTED[outcome], count)
    log.summary("deliveries attempted", **outcomes, failed=len(failed))
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed]}


def _parse(records: list[dict[str, Any]]) -> tuple[dict[Job, str], list[str]]:
    """Each job of a batch with its message, and the messages that are none. Of a job's repeats one will do."""
    jobs: dict[Job, str] = {}
    failed: list[str] = []
    for record in records:
        try:
            jobs.setdefault(Job.parse(record["body"]), record["messageId"])
        except (ValueError, TypeError):
            logger.exception("unreadable message", extra={"message_id": record["messageId"]})
            failed.append(record["messageId"])
    return jobs, failed


def _await(running: Mapping[Job, Future[str]], posts: Mapping[Job, Post]) -> None:
    """Wait for the posts until their time is over, then cut off those that still wait for an answer."""
    wait(running.values(), timeout=posting.TOTAL_SECONDS)
    for job, future in running.items():
        if not future.done():
            posts[job].cut_off()
    wait(running.values(), timeout=_GRACE_SECONDS)


def _deliver(job: Job, found: _Found, post: Post) -> str:
    """Attempt one delivery, if there is still something to do; what became of it."""
    delivery = dynamo.resolve(store.delivery_ref(job.key), found)
    if delivery is None:
        raise LookupError("a message without its delivery")
    if delivery.status != "pending" or job.attempt <= delivery.attempts:
        return "settled_before"
    target = dynamo.resolve(_target_ref(job), found)
    if target is None or target.endpoint.deleted_at is not None:
        store.set_aside(job.key, "discarded")
        return "discarded"
    if not target.endpoint.enabled:
        store.set_aside(job.key, "parked")
        return "parked"
    early = _seconds_early(delivery, clock.now())
    if early > 1:
        queue.send([job], min(early, MAX_DELAY))
        return "not_due"
    stored = dynamo.resolve(_event_ref(job), found)
    if stored is None:
        raise LookupError("a delivery without its event")
    sent_at = clock.now()
    reply = post.send(target.endpoint.url, *_request(job, target, outbox.events(stored)[job.ordinal], sent_at))
    outcome = _settle(job, target, reply, sent_at)
    if outcome == "delivered":
        age = clock.now() - datetime.fromisoformat(stored["at"])
        metrics.add("delivery_age", age // timedelta(milliseconds=1))
    return outcome


def _request(job: Job, target: Target, event: outbox.Event, now: datetime) -> tuple[dict[str, str], bytes]:
    body = rules.sent(event.id, event.body)
    return signing.headers(job.merchant_id, target, event.id, body, now), body


def _settle(job: Job, target: Target, reply: Reply, sent_at: datetime) -> str:
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
    status_code = reply.status_code or 0
    if 200 <= status_code < 300:
        store.record_attempt(job.key, "delivered", job.attempt, attempt)
        return "delivered"
    now = clock.now()
    if status_code == _GONE and store.suspend_endpoint(job.merchant_id, target, now):
        logger.warning("endpoint suspended", extra={"merchant_id": job.merchant_id, "endpoint_id": job.endpoint_id})
        store.record_attempt(job.key, "parked", job.attempt, attempt)
        return "parked"
    asked = rules.retry_after(reply.retry_after, now) if status_code in _ASKS_FOR_TIME else None
    delay = rules.retry_delay(job.attempt, random.random(), asked)
    if delay is None:
        logger.warning("delivery exhausted", extra={"merchant_id": job.merchant_id, "endpoint_id": job.endpoint_id})
        store.record_attempt(job.key, "exhausted", job.attempt, attempt)
        return "exhausted"
    queue.send([job.again()], min(delay, MAX_DELAY))
    next_attempt_at = timestamp(now + timedelta(seconds=delay))
    store.record_attempt(job.key, "pending", job.attempt, attempt, next_attempt_at)
    return "retried"


def _seconds_early(delivery: Delivery, now: datetime) -> float:
    if delivery.next_attempt_at is None:
        return 0
    return (datetime.fromisoformat(delivery.next_attempt_at) - now).total_seconds()


def _target_ref(job: Job) -> dynamo.Ref[Target | None]:
    return store.target_ref(job.merchant_id, job.endpoint_id)


def _event_ref(job: Job) -> dynamo.Ref[Item | None]:
    key = outbox.item_key(job.merchant_id, job.entity_id, job.version)
    return dynamo.Ref(outbox.TABLE, key, lambda item: item)
