"""Queue of file jobs: goes on with an export for a while, and has itself woken up again for the rest."""

import json
from datetime import timedelta
from typing import Any

from files import exporting, store
from files.store import RunningExport
from pos import clock, log, metrics
from pos.errors import DomainError, NotFound
from pos.log import logger

_TURN = timedelta(seconds=60)
"""How long a turn takes, so that nothing waits long for a worker; a step more may come on top."""
_ATTEMPTS = 5
"""How often a turn may fail before the job is given up."""


def handler(event: dict[str, Any], _context: object) -> None:
    """Take a turn at the job that each message names. Raises, for the message to come again, if it failed."""
    for record in event["Records"]:
        message = json.loads(record["body"])
        try:
            running = store.load_export(message["merchant_id"], message["id"])
        except NotFound:
            logger.warning("no such job", extra=message)  # whoever was to keep it after this message crashed before
            continue
        _take_turn(running, last=int(record["attributes"]["ApproximateReceiveCount"]) >= _ATTEMPTS)


def _take_turn(running: RunningExport, *, last: bool) -> None:
    if running.job.status != "running":
        return
    named = {"merchant_id": running.merchant_id, "job_id": running.job.id, "dataset": running.job.dataset}
    try:
        gone_on = store.run(running, exporting.step, store.save_export, clock.now() + _TURN)
    except Exception as error:
        if isinstance(error, DomainError) and error.status < 500:
            _give_up(running, error.detail, error.code)
            return
        if not last:
            raise
        logger.exception("file job given up", extra=named)
        metrics.add("file_jobs_failed", 1)
        _give_up(running, "It failed again and again; the logs say why.", "internal")
        return
    if gone_on is None:
        return
    if gone_on.job.status == "running":
        store.wake(gone_on.merchant_id, "export", gone_on.job.id)
        return
    log.summary("file job done", rows=gone_on.job.rows, size=gone_on.job.size or 0, **named)


def _give_up(running: RunningExport, failure: str, code: str) -> None:
    log.summary("file job failed", merchant_id=running.merchant_id, job_id=running.job.id, code=code)
    current = store.load_export(running.merchant_id, running.job.id)
    if current.job.status == "running":
        store.save_export(current.with_(current.work, status="failed", failure=failure, failure_code=code))
