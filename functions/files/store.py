"""The files table.

    export    pk <merchant>#export    sk <exp id>    `work`: how far it has come, while it runs
    import    pk <merchant>#import    sk <imp id>    likewise; what it did is in imports/journal.py

What goes on for longer than a request is a job: it goes in steps, and after each it is kept on condition of its
version. So any number of functions may run it at once: who is overtaken stops, and a crash between two steps loses the
one that was not kept. A message that wakes a worker up a while later is sent before the job is kept: a job that nobody
is told of there cannot be. A second one, when it is kept, is for speed.
"""

import functools
import json
import os
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any, Literal

from files.imports.models import Import, ImportWork
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
RunningImport = Running[Import, ImportWork]
"""An import as it is kept, and how far its step has come."""

type JobKind = Literal["export", "import"]
_QUEUES = {"export": "file-jobs", "import": "imports"}


# --- exports ---------------------------------------------------------------------------------------------------------


def begin_export(call: Call[Any, Any], export: Export) -> Answer:
    """Keep a new export, and have a worker make it; 409 `export.too_many` while many others of the merchant's run."""
    _check_few(call, "export", map(read_export, list_exports(call.merchant_id, 50, None).items))
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


# --- imports ---------------------------------------------------------------------------------------------------------


def begin_import(call: Call[Any, Any], job: Import, work: ImportWork, answer: Answer) -> None:
    """Keep a new import, and if it is `running`, have a worker read it; 409 `import.too_many` while many others of the
    merchant's run.
    """
    _check_few(call, "import", map(read_import, list_imports(call.merchant_id, 50, None).items))
    _start(call, RunningImport(call.merchant_id, 1, job, work), 0, answer)


def go_on_import(call: Call[Any, Any], running: RunningImport) -> Answer:
    """Keep an import whose next step somebody asked for, and have a worker do it; 409 if somebody else did at this
    moment.
    """
    job = running.job.model_copy(update={"updated_at": timestamp(call.now), "finished_at": None})
    answer = Answer(202, job.json_bytes())
    began = RunningImport(call.merchant_id, running.version + 1, job, running.work)
    try:
        _start(call, began, running.version, answer)
    except dynamo.ConditionFailed as failed:
        if 0 not in failed.failures:
            raise
        raise DomainError("request.conflict", "The import was changed by somebody else at this moment.") from None
    return answer


def _start(call: Call[Any, Any], running: RunningImport, before: int, answer: Answer) -> None:
    job = running.job
    if job.status == "running":
        wake(call.merchant_id, "import", job.id, _WAKE_SECONDS)
    item = durable.item("import", running, _import_expiry(job))
    dynamo.transact([dynamo.put(TABLE, item, version=before), *call.once(answer)])
    if job.status == "running":
        wake(call.merchant_id, "import", job.id)


def load_import(merchant_id: str, import_id: str) -> RunningImport:
    """An import; 404 if the merchant has none such."""
    found = dynamo.get(Ref(TABLE, (f"{merchant_id}#import", import_id), lambda item: item))
    if found is None:
        raise NotFound("import", import_id)
    work = ImportWork.model_validate_json(dynamo.unpack(found["work"])) if found.get("work") else ImportWork()
    return RunningImport(merchant_id, int(found["version"]), read_import(found), work)


def list_imports(merchant_id: str, limit: int, cursor: str | None) -> Page:
    """A page of the merchant's imports, newest first, as items that `read_import` reads."""
    return dynamo.query(TABLE, f"{merchant_id}#import", limit=limit, cursor=cursor, forward=False)


def read_import(item: Item) -> Import:
    """The import in an item."""
    return Import.model_validate_json(dynamo.unpack(item["doc"]))


def save_import(running: RunningImport) -> RunningImport:
    """Keep an import after a step. Raises Overtaken if somebody else did that meanwhile."""
    return durable.save(TABLE, "import", running, lambda job, _: _import_expiry(job))


def _import_expiry(job: Import) -> datetime:
    return datetime.fromisoformat(job.expires_at)


# --- jobs ------------------------------------------------------------------------------------------------------------


def _check_few(call: Call[Any, Any], kind: JobKind, newest: Iterable[Export] | Iterable[Import]) -> None:
    since = timestamp(call.now - _STALLED)
    running = [one for one in newest if one.status == "running" and one.updated_at >= since]
    if len(running) >= _MOST_RUNNING:
        raise DomainError(f"{kind}.too_many", f"{_MOST_RUNNING} {kind}s are running: wait for one to be done.")


def run[R: (RunningExport, RunningImport)](
    running: R, step: Callable[[R], R], save: Callable[[R], R], until: datetime
) -> R | None:
    """Go on with a job, step by step, until it is done or the time is over; None if another function does it."""
    while running.job.status == "running" and clock.now() < until:
        try:
            running = save(step(running))
        except Overtaken:
            return None
    return running


def wake(merchant_id: str, kind: JobKind, id: str, seconds: int = 0) -> None:
    """Have a worker go on with a job, after so many seconds."""
    body = json.dumps({"merchant_id": merchant_id, "kind": kind, "id": id})
    aws.sqs().send_message(QueueUrl=_queue(_QUEUES[kind]), MessageBody=body, DelaySeconds=seconds)


@functools.cache
def _queue(name: str) -> str:
    return aws.sqs().get_queue_url(QueueName=f"{os.environ['STACK_NAME']}-{name}")["QueueUrl"]
