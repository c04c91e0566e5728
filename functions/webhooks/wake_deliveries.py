"""Every minute: queues the deliveries that are due, and visits the endpoints that fail (docs/webhooks.md)."""

import itertools
import random
from datetime import datetime, timedelta
from typing import Any

from pos import clock
from pos.log import logger
from webhooks import queue, store, watching
from webhooks.queue import Job
from webhooks.store import Progress

_TURN = timedelta(minutes=1)
_MS_TO_END = 15_000
_AT_ONCE = 10


def handler(_event: object, context: Any) -> None:
    """Go through what the index has for this minute. What fails or is not reached is still there in the next."""
    now = clock.now()
    failures: list[Exception] = []
    done = 0
    for shard in random.sample(range(store.DUE_SHARDS), store.DUE_SHARDS):
        for some in itertools.batched(store.due(shard, now + _TURN), _AT_ONCE, strict=False):
            if context.get_remaining_time_in_millis() < _MS_TO_END:
                logger.warning("not all that is due was reached", extra={"done": done})
                return
            try:
                _wake([one for one in some if isinstance(one, Progress)], now)
            except Exception as error:  # noqa: BLE001 - raised below, after the others
                failures.append(error)
            for one in some:
                if not isinstance(one, Progress):
                    failures += _visit(*one, now)
            done += len(some)
    logger.info("due deliveries queued", extra={"done": done, "failed": len(failures)})
    if failures:
        raise ExceptionGroup("not all that is due was done", failures)


def _wake(due: list[Progress], now: datetime) -> None:
    """Queue deliveries, then have the index bring them back later, should their messages be lost."""
    due = [one for one in due if one.back_at is not None and one.back_at <= now]
    queue.send([Job.next(one) for one in due])
    for one in due:
        store.bring_back(one, now + store.LEASE)


def _visit(merchant_id: str, endpoint_id: str, now: datetime) -> list[Exception]:
    try:
        watching.visit(merchant_id, endpoint_id, now)
    except Exception as error:  # noqa: BLE001 - raised by the caller, after the others
        logger.exception("endpoint not visited", extra={"merchant_id": merchant_id, "endpoint_id": endpoint_id})
        return [error]
    return []
