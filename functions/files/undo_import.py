"""POST /v1/imports/{id}/undo"""

from dataclasses import replace

from files import store
from files.imports.models import PERMISSIONS, Import, ImportWork
from pos.clock import timestamp
from pos.errors import DomainError
from pos.http import Answer, Call, operation


@operation(permission="imports:write", answer=Import, status=202)
def handler(call: Call[None, None]) -> Answer:
    """Has taken back what an import did, while it is kept: what it made goes, what it changed is as before. Whatever
    somebody changed since stays as it is, field by field, and `problems` say so.
    """
    running = store.IMPORTS.load(call.merchant_id, call.path["id"])
    job = running.job
    call.caller.require(PERMISSIONS[job.type][1])
    if job.status not in ("done", "failed") or job.applied is None:
        raise DomainError("import.not_done", f"The import is {job.status}: there is nothing to take back.")
    if job.expires_at <= timestamp(call.now):
        raise DomainError("import.over", "The import is over: what it did is not known any more.")
    fresh = job.model_copy(
        update={
            "status": "running",
            "step": "undoing",
            "records": job.applied.created + job.applied.updated,
            "done_records": 0,
            "undone": None,
            "undone_by": call.caller.actor,
            "problem_count": 0,
            "problems": (),
            "failure": None,
            "failure_code": None,
        }
    )
    return store.go_on_import(call, replace(running, job=fresh, work=ImportWork()))
