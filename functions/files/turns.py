"""A worker's turn at a job: it goes on with it for a while, and has itself woken up again for the rest."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from files.imports.models import Import, ImportWork
from files.models import Export, ExportWork
from files.store import Jobs
from pos import clock, log, metrics
from pos.durable import Running
from pos.errors import DomainError, NotFound
from pos.log import logger

_TURN = timedelta(seconds=60)
"""How long a turn takes, so that nothing waits long for a worker; a step more may come on top."""
_ATTEMPTS = 5
"""How often a turn may fail before the job is given up."""


def take[J: Export | Import, W: ExportWork | ImportWork](
    jobs: Jobs[J, W],
    record: dict[str, Any],
    begin: Callable[[Running[J, W]], Callable[[Running[J, W]], Running[J, W]]],
    named: Callable[[J], dict[str, Any]],
) -> None:
    """Take a turn at the job that a queue's message names.

    `begin` answers what does its steps in this turn, `named` what the log says of it. Raises, for the message to come
    again, if it failed.
    """
    message = json.loads(record["body"])
    try:
        running = jobs.load(message["merchant_id"], message["id"])
    except NotFound:
        logger.warning("no such job", extra=message)  # whoever was to keep it after this message crashed before
        return
    if running.job.status != "running":
        return
    received = int(record["attributes"]["ApproximateReceiveCount"])
    if received > _ATTEMPTS:  # the worker was killed each time, as by a file that takes all of its memory
        _fail(jobs, running)
        return
    try:
        gone_on = jobs.run(running, begin(running), clock.now() + _TURN)
    except Exception as error:
        if isinstance(error, DomainError) and error.status < 500:
            _give_up(jobs, running, error.detail, error.code)
            return
        if received < _ATTEMPTS:
            raise
        logger.exception("file job given up", extra=_who(jobs, running))
        _fail(jobs, running)
        return
    if gone_on is None:
        return
    if gone_on.job.status == "running":
        jobs.wake(gone_on.merchant_id, gone_on.job.id)
        return
    log.summary("file job done", outcome=gone_on.job.status, **_who(jobs, running), **named(gone_on.job))


def _who(jobs: Jobs[Any, Any], running: Running[Any, Any]) -> dict[str, str]:
    return {"merchant_id": running.merchant_id, "kind": jobs.kind, "job_id": running.job.id}


def _fail(jobs: Jobs[Any, Any], running: Running[Any, Any]) -> None:
    metrics.add("file_jobs_failed", 1)
    _give_up(jobs, running, "It failed again and again; the logs say why.", "internal")


def _give_up(jobs: Jobs[Any, Any], running: Running[Any, Any], failure: str, code: str) -> None:
    log.summary("file job failed", code=code, **_who(jobs, running))
    current = jobs.load(running.merchant_id, running.job.id)
    if current.job.status == "running":
        jobs.save(current.with_(current.work, status="failed", failure=failure, failure_code=code))
