"""Queue of imports: goes on with one for a while, and has itself woken up again for the rest."""

import json
from datetime import timedelta
from typing import Any

from files import store
from files.imports.working import Turn
from files.store import RunningImport
from pos import clock, log, metrics
from pos.errors import DomainError, NotFound
from pos.log import logger

_TURN = timedelta(seconds=60)
"""How long a turn takes, so that nothing waits long for a worker; a step more may come on top."""
_ATTEMPTS = 5
"""How often a turn may fail before the import is given up."""


def handler(event: dict[str, Any], _context: object) -> None:
    """Take a turn at the import that each message names. Raises, for the message to come again, if it failed."""
    for record in event["Records"]:
        message = json.loads(record["body"])
        try:
            running = store.load_import(message["merchant_id"], message["id"])
        except NotFound:
            logger.warning("no such job", extra=message)  # whoever was to keep it after this message crashed before
            continue
        _take_turn(running, int(record["attributes"]["ApproximateReceiveCount"]))


def _take_turn(running: RunningImport, received: int) -> None:
    if running.job.status != "running":
        return
    named = {"merchant_id": running.merchant_id, "job_id": running.job.id, "type": running.job.type}
    if received > _ATTEMPTS:  # the worker was killed each time, as by a file that takes all of its memory
        _fail(running, named)
        return
    try:
        turn = Turn(running)
        gone_on = store.run(running, turn.step, store.save_import, clock.now() + _TURN)
    except Exception as error:
        if isinstance(error, DomainError) and error.status < 500:
            _give_up(running, error.detail, error.code)
            return
        if received < _ATTEMPTS:
            raise
        logger.exception("import given up", extra=named)
        _fail(running, named)
        return
    if gone_on is None:
        return
    if gone_on.job.status == "running":
        store.wake(gone_on.merchant_id, "import", gone_on.job.id)
        return
    log.summary("import step done", outcome=gone_on.job.status, rows=gone_on.job.records, **named)


def _fail(running: RunningImport, named: dict[str, str]) -> None:
    metrics.add("file_jobs_failed", 1)
    log.summary("import failed", code="internal", **named)
    _give_up(running, "It failed again and again; the logs say why.", "internal")


def _give_up(running: RunningImport, failure: str, code: str) -> None:
    current = store.load_import(running.merchant_id, running.job.id)
    if current.job.status == "running":
        store.save_import(current.with_(current.work, status="failed", failure=failure, failure_code=code))
