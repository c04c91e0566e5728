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
from collections.abc import Callable
from dataclasses import dataclass
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

type _Job = Export | Import
type _Work = ExportWork | ImportWork


@dataclass(frozen=True, slots=True)
class Jobs[J: _Job, W: _Work]:
    """The jobs of one kind, as they are kept, and the queue that wakes their worker up."""

    kind: Literal["export", "import"]
    queue: str
    _read_job: Callable[[bytes], J]
    _read_work: Callable[[bytes], W]
    _no_work: Callable[[], W]

    def load(self, merchant_id: str, id: str) -> Running[J, W]:
        """A job, and how far it is; 404 if the merchant has none such."""
        found = dynamo.get(Ref(TABLE, (f"{merchant_id}#{self.kind}", id), lambda item: item))
        if found is None:
            raise NotFound(self.kind, id)
        work = self._read_work(dynamo.unpack(found["work"])) if found.get("work") else self._no_work()
        return Running(merchant_id, int(found["version"]), self.read(found), work)

    def page(self, merchant_id: str, limit: int, cursor: str | None) -> Page:
        """A page of the merchant's jobs, newest first, as items for `read`."""
        return dynamo.query(TABLE, f"{merchant_id}#{self.kind}", limit=limit, cursor=cursor, forward=False)

    def read(self, item: Item) -> J:
        """The job in an item."""
        return self._read_job(dynamo.unpack(item["doc"]))

    def save(self, running: Running[J, W]) -> Running[J, W]:
        """Keep a job after a step. Raises Overtaken if somebody else did that meanwhile."""
        return durable.save(TABLE, self.kind, running, lambda job, _: _expiry(job))

    def run(
        self, running: Running[J, W], step: Callable[[Running[J, W]], Running[J, W]], until: datetime
    ) -> Running[J, W] | None:
        """Go on with a job, step by step, until it is done or the time is over; None if another function does it."""
        while running.job.status == "running" and clock.now() < until:
            try:
                running = self.save(step(running))
            except Overtaken:
                return None
        return running

    def wake(self, merchant_id: str, id: str, seconds: int = 0) -> None:
        """Have a worker go on with a job, after so many seconds."""
        body = json.dumps({"merchant_id": merchant_id, "kind": self.kind, "id": id})
        aws.sqs().send_message(QueueUrl=_queue(self.queue), MessageBody=body, DelaySeconds=seconds)

    def check_few(self, call: Call[Any, Any]) -> None:
        """Refuse (409 `export.too_many`, `import.too_many`) one more while many others of the merchant's run."""
        since = timestamp(call.now - _STALLED)
        newest = map(self.read, self.page(call.merchant_id, 50, None).items)
        running = [one for one in newest if one.status == "running" and one.updated_at >= since]
        if len(running) >= _MOST_RUNNING:
            detail = f"{_MOST_RUNNING} {self.kind}s are running: wait for one to be done."
            raise DomainError(f"{self.kind}.too_many", detail)

    def start(self, call: Call[Any, Any], running: Running[J, W], before: int, answer: Answer) -> None:
        """Keep a job that is new, or was of version `before`, and have a worker go on with it if it is `running`."""
        job = running.job
        if job.status == "running":
            self.wake(call.merchant_id, job.id, _WAKE_SECONDS)
        item = durable.item(self.kind, running, _expiry(job))
        dynamo.transact([dynamo.put(TABLE, item, version=before), *call.once(answer)])
        if job.status == "running":
            self.wake(call.merchant_id, job.id)


EXPORTS = Jobs("export", "file-jobs", Export.model_validate_json, ExportWork.model_validate_json, ExportWork)
IMPORTS = Jobs("import", "imports", Import.model_validate_json, ImportWork.model_validate_json, ImportWork)


def begin_export(call: Call[Any, Any], export: Export) -> Answer:
    """Keep a new export, and have a worker make it; 409 `export.too_many` while many others of the merchant's run."""
    EXPORTS.check_few(call)
    answer = Answer(202, export.json_bytes())
    EXPORTS.start(call, RunningExport(call.merchant_id, 1, export, ExportWork()), 0, answer)
    return answer


def begin_import(call: Call[Any, Any], job: Import, work: ImportWork, answer: Answer) -> None:
    """Keep a new import, and if it is `running`, have a worker read it; 409 `import.too_many` while many others of the
    merchant's run.
    """
    IMPORTS.check_few(call)
    IMPORTS.start(call, RunningImport(call.merchant_id, 1, job, work), 0, answer)


def go_on_import(call: Call[Any, Any], running: RunningImport) -> Answer:
    """Keep an import whose next step somebody asked for, and have a worker do it; 409 if somebody else did at this
    moment.
    """
    job = running.job.model_copy(update={"updated_at": timestamp(call.now), "finished_at": None})
    answer = Answer(202, job.json_bytes())
    began = RunningImport(call.merchant_id, running.version + 1, job, running.work)
    try:
        IMPORTS.start(call, began, running.version, answer)
    except dynamo.ConditionFailed as failed:
        if 0 not in failed.failures:
            raise
        raise DomainError("request.conflict", "The import was changed by somebody else at this moment.") from None
    return answer


def _expiry(job: _Job) -> datetime:
    return datetime.fromisoformat(job.expires_at)


@functools.cache
def _queue(name: str) -> str:
    return aws.sqs().get_queue_url(QueueName=f"{os.environ['STACK_NAME']}-{name}")["QueueUrl"]
