"""The files table.

    export    pk <merchant>#export    sk <exp id>    `work`: how far it has come, while it runs

What goes on for longer than a request is a job: it goes in steps, and after each it is kept on condition of its
version. So any number of functions may run it at once: who is overtaken stops, and a crash between two steps loses the
one that was not kept. A message that wakes a worker up a while later is sent before the job is kept: a job that nobody
is told of there cannot be. A second one, when it is kept, is for speed.
"""

import functools
import json
import os
from collections.abc import Callable
from copy import replace
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from files.models import Export, ExportWork
from pos import aws, clock, dynamo
from pos.clock import timestamp
from pos.dynamo import ConditionFailed, Item, Page, Ref
from pos.errors import DomainError, NotFound
from pos.http import Answer, Call
from pos.model import Output

TABLE = "files"
_MOST_RUNNING = 5
_STALLED = timedelta(hours=1)
"""A job that has not moved for so long has lost its worker, and is in nobody's way."""
_WAKE_SECONDS = 25
"""When a new job gets a worker at the latest: long enough for it to be kept."""


class Overtaken(Exception):
    """Another function has done this step meanwhile, and goes on."""


@dataclass(frozen=True, slots=True)
class Running[J: Output, W: Output]:
    """A job as it is kept, and how far it has come."""

    merchant_id: str
    version: int
    job: J
    work: W

    def with_(self, work: W, **fields: Any) -> "Running[J, W]":
        """The job with these changes."""
        return replace(self, work=work, job=self.job.model_copy(update=fields))


type RunningExport = Running[Export, ExportWork]


# --- exports ---------------------------------------------------------------------------------------------------------


def begin_export(call: Call[Any, Any], export: Export) -> Answer:
    """Keep a new export, and have a worker make it; 409 `export.too_many` while many others of the merchant's run."""
    newest = map(read_export, list_exports(call.merchant_id, 50, None).items)
    since = timestamp(call.now - _STALLED)
    running = [one for one in newest if one.status == "running" and one.updated_at >= since]
    if len(running) >= _MOST_RUNNING:
        raise DomainError("export.too_many", f"{_MOST_RUNNING} exports are running: wait for one to be done.")
    answer = Answer(202, export.json_bytes())
    wake(call.merchant_id, "export", export.id, _WAKE_SECONDS)
    began = Running(call.merchant_id, 1, export, ExportWork())
    dynamo.transact([dynamo.put(TABLE, _item("export", began)), *call.once(answer)])
    wake(call.merchant_id, "export", export.id)
    return answer


def load_export(merchant_id: str, export_id: str) -> RunningExport:
    """An export; 404 if the merchant has none such."""
    found = dynamo.get(Ref(TABLE, (f"{merchant_id}#export", export_id), lambda item: item))
    if found is None:
        raise NotFound("export", export_id)
    work = ExportWork.model_validate_json(dynamo.unpack(found["work"])) if "work" in found else ExportWork()
    return Running(merchant_id, int(found["version"]), read_export(found), work)


def list_exports(merchant_id: str, limit: int, cursor: str | None) -> Page:
    """A page of the merchant's exports, newest first, as items that `read_export` reads."""
    return dynamo.query(TABLE, f"{merchant_id}#export", limit=limit, cursor=cursor, forward=False)


def read_export(item: Item) -> Export:
    """The export in an item."""
    return Export.model_validate_json(dynamo.unpack(item["doc"]))


def save_export(running: RunningExport) -> RunningExport:
    """Keep an export after a step. Raises Overtaken if somebody else did that meanwhile."""
    return _save("export", running)


# --- jobs ------------------------------------------------------------------------------------------------------------


def _save[J: Output, W: Output](kind: str, running: Running[J, W]) -> Running[J, W]:
    now = clock.now()
    job = running.job.model_copy(update={"updated_at": timestamp(now)})
    if job.status != "running":  # type: ignore[attr-defined]
        job = job.model_copy(update={"finished_at": timestamp(now)})
    kept = replace(running, version=running.version + 1, job=job)
    try:
        dynamo.transact([dynamo.put(TABLE, _item(kind, kept), version=running.version)])
    except ConditionFailed:
        raise Overtaken from None
    return kept


def _item(kind: str, running: Running[Any, Any]) -> Item:
    job = running.job
    return {
        "pk": f"{running.merchant_id}#{kind}",
        "sk": job.id,
        "version": running.version,
        "doc": dynamo.pack(job.json_bytes()),
        "work": dynamo.pack(running.work.json_bytes()) if job.status == "running" else None,
        "expires_at": int(datetime.fromisoformat(job.expires_at).timestamp()),
    }


def run[J: Output, W: Output](
    running: Running[J, W],
    step: Callable[[Running[J, W]], Running[J, W]],
    save: Callable[[Running[J, W]], Running[J, W]],
    until: datetime,
) -> Running[J, W] | None:
    """Go on with a job, step by step, until it is done or the time is over; None if another function is found to do
    it.
    """
    while running.job.status == "running" and clock.now() < until:  # type: ignore[attr-defined]
        try:
            running = save(step(running))
        except Overtaken:
            return None
    return running


def wake(merchant_id: str, kind: str, id: str, seconds: int = 0) -> None:
    """Have a worker go on with a job, after so many seconds."""
    body = json.dumps({"merchant_id": merchant_id, "kind": kind, "id": id})
    aws.sqs().send_message(QueueUrl=_queue(), MessageBody=body, DelaySeconds=seconds)


@functools.cache
def _queue() -> str:
    return aws.sqs().get_queue_url(QueueName=f"{os.environ['STACK_NAME']}-file-jobs")["QueueUrl"]
