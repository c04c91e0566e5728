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
from datetime import datetime, timedelta
from typing import Any

from files.models import Export, ExportWork
from pos import aws, clock, durable, dynamo
from pos.clock import timestamp
from pos.durable import Overtaken, Running
from pos.dynamo import Item, Page, Ref
from pos.errors import DomainError, NotFound
from pos.http import Answer, Call

TABLE = "files"
_MOST_RUNNING = 5
_STALLED = timedelta(hours=1)
"""A job that has not moved for so long has lost its worker, and is in nobody's way."""
_WAKE_SECONDS = 25
"""When a new job gets a worker at the latest: long enough for it to be kept."""

RunningExport = Running[Export, ExportWork]
"""An export as it is kept, and how far it has come."""

type Step = Callable[[RunningExport], RunningExport]


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
    began = RunningExport(call.merchant_id, 1, export, ExportWork())
    dynamo.transact([dynamo.put(TABLE, durable.item("export", began, _expiry(export))), *call.once(answer)])
    wake(call.merchant_id, "export", export.id)
    return answer


def load_export(merchant_id: str, export_id: str) -> RunningExport:
    """An export; 404 if the merchant has none such."""
    found = dynamo.get(Ref(TABLE, (f"{merchant_id}#export", export_id), lambda item: item))
    if found is None:
        raise NotFound("export", export_id)
    work = ExportWork.model_validate_json(dynamo.unpack(found["work"])) if "work" in found else ExportWork()
    return RunningExport(merchant_id, int(found["version"]), read_export(found), work)


def list_exports(merchant_id: str, limit: int, cursor: str | None) -> Page:
    """A page of the merchant's exports, newest first, as items that `read_export` reads."""
    return dynamo.query(TABLE, f"{merchant_id}#export", limit=limit, cursor=cursor, forward=False)


def read_export(item: Item) -> Export:
    """The export in an item."""
    return Export.model_validate_json(dynamo.unpack(item["doc"]))


def save_export(running: RunningExport) -> RunningExport:
    """Keep an export after a step. Raises Overtaken if somebody else did that meanwhile."""
    return durable.save(TABLE, "export", running, lambda export, _: _expiry(export))


def _expiry(export: Export) -> datetime:
    return datetime.fromisoformat(export.expires_at)


# --- jobs ------------------------------------------------------------------------------------------------------------


def run(
    running: RunningExport, step: Callable[[RunningExport], RunningExport], until: datetime
) -> RunningExport | None:
    """Go on with an export, step by step, until it is done or the time is over; None if another function is found to do
    it.
    """
    while running.job.status == "running" and clock.now() < until:
        try:
            running = save_export(step(running))
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
