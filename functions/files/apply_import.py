"""POST /v1/imports/{id}/apply"""

from dataclasses import replace

from files import store
from files.imports.models import PERMISSIONS, Import, ImportWork
from pos.errors import DomainError
from pos.http import Answer, Call, operation


@operation(permission="imports:write", answer=Import, status=202)
def handler(call: Call[None, None]) -> Answer:
    """Has done what the preview says, each record once. What somebody changed since the preview is left alone, and so
    are rows that were refused; `GET /v1/imports/{id}` says which.
    """
    running = store.IMPORTS.load(call.merchant_id, call.path["id"])
    job = running.job
    call.caller.require(PERMISSIONS[job.type][1])
    interrupted = job.status == "failed" and job.applied is not None and job.undone is None
    if job.status != "ready" and not interrupted:
        raise DomainError("import.not_ready", f"The import is {job.status}: there is no preview to apply.")
    fresh = job.model_copy(
        update={
            "status": "running",
            "step": "applying",
            "done_records": 0,
            "applied": None,
            "applied_by": call.caller.actor,
            "problem_count": 0,
            "problems": (),
            "failure": None,
            "failure_code": None,
        }
    )
    return store.go_on_import(call, replace(running, job=fresh, work=ImportWork()))
