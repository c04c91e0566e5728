"""Queue of report jobs: goes on with a job for a while, and has itself woken up again for the rest."""

import json
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from pos import clock, log, metrics
from pos.errors import NotFound
from pos.log import logger
from reports import jobs
from reports.auditing import Audit
from reports.jobs import Running, Step, Unsettled
from reports.models import JobKind
from reports.rebuilding import Rebuild

_SECONDS = 60
"""How long a turn takes, so that nothing waits long for a worker; a step more may come on top."""
_ATTEMPTS = 5
"""How often a turn may fail before the job is given up."""
_WAITS, _WAIT_SECONDS = 60, 60
"""How often, and how long each time, it is waited for totals that do not stand still."""

_KINDS: Mapping[JobKind, Callable[[Running], Step]] = {
    "audit": lambda running: Audit(running).step,
    "rebuild": lambda running: Rebuild(running).step,
}


def handler(event: dict[str, Any], _context: object) -> None:
    """Take a turn at the job that each message names. Raises, for the message to come again, if it failed."""
    for record in event["Records"]:
        message = json.loads(record["body"])
        try:
            running = _job(message)
        except NotFound:
            logger.warning("no such job", extra=message)  # whoever was to keep it after this message crashed before
            continue
        _take_turn(running, last=int(record["attributes"]["ApproximateReceiveCount"]) >= _ATTEMPTS)


def _job(message: Mapping[str, str]) -> Running:
    """The job that a message names, or asks for."""
    merchant_id = message["merchant_id"]
    if "job_id" in message:
        return jobs.load(merchant_id, message["job_id"])
    kind: Any = message["kind"]
    days = date.fromisoformat(message["from"]), date.fromisoformat(message["to"])
    now = clock.now()
    return jobs.same(merchant_id, kind, days, now) or jobs.begin(merchant_id, kind, days, message["actor"], now)


def _take_turn(running: Running, *, last: bool) -> None:
    merchant_id, job_id = running.merchant_id, running.job.id
    named = {"merchant_id": merchant_id, "job_id": job_id, "kind": running.job.kind}
    try:
        running = jobs.run(running, _KINDS[running.job.kind](running), _SECONDS)
    except Unsettled:
        _wait(jobs.load(merchant_id, job_id))
        return
    except Exception:
        if not last:
            raise
        logger.exception("report job given up", extra=named)
        _give_up(jobs.load(merchant_id, job_id), "It failed again and again; the logs say why.")
        return
    if running.job.status == "running":
        jobs.wake(merchant_id, job_id)
        return
    found = running.job.audit.difference_count if running.job.audit is not None else 0
    if found:
        metrics.add("audit_differences", found)
        logger.error("audit found differences", extra=named)
    log.summary("report job done", differences=found, **named)


def _wait(running: Running) -> None:
    """Try again when the totals may stand still: they are not looked at while the projector has a lot to add."""
    waits = running.work.waits + 1
    if waits > _WAITS:
        _give_up(running, "The totals never stood still.")
        return
    jobs.save(running.with_(running.work.model_copy(update={"waits": waits})))
    jobs.wake(running.merchant_id, running.job.id, _WAIT_SECONDS)


def _give_up(running: Running, failure: str) -> None:
    metrics.add("report_jobs_failed", 1)
    log.summary("report job failed", merchant_id=running.merchant_id, job_id=running.job.id)
    jobs.save(running.with_(running.work, status="failed", failure=failure))
