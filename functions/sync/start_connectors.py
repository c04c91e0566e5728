"""Every minute: has the connectors run that are due, and tells how many stand still."""

from datetime import timedelta
from typing import Any

from pos import clock, log, metrics
from pos.clock import timestamp
from sync.connectors import store

_OVERDUE = timedelta(minutes=15)


def handler(_event: dict[str, Any], _context: object) -> None:
    """Queue a run for each connector whose time has come. One that is queued twice runs once: the second finds nothing
    due.

    Stale are those that wait for a person, and those whose run is overdue, as when no worker takes the queue.
    """
    now = clock.now()
    due = list(store.due(now))
    overdue = sum(since < timestamp(now - _OVERDUE) for since, _, _ in due)
    store.wake((merchant_id, source_id) for _, merchant_id, source_id in due)
    metrics.add("connectors_stale", overdue + store.count_attention())
    log.summary("connectors queued", due=len(due), overdue=overdue)
