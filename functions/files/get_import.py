"""GET /v1/imports/{id}"""

from datetime import timedelta

from files import objects, store
from files.imports.models import PERMISSIONS, Import, ImportWithProblems
from files.imports.naming import PROBLEMS
from files.models import Download
from pos.clock import timestamp
from pos.http import Answer, Call, operation


@operation(permission="imports:read", answer=ImportWithProblems)
def handler(call: Call[None, None]) -> Answer:
    """How far an import is: what its columns are taken for, what it would change, what it changed. `problems_file` has
    a link to all rows with problems, each with what is wrong with it, that works for five minutes; ask again for
    another one.
    """
    job = store.IMPORTS.load(call.merchant_id, call.path["id"]).job
    call.caller.require(PERMISSIONS[job.type][0])
    return Answer(200, ImportWithProblems(**job.model_dump(), problems_file=_problems(call, job)).json_bytes())


def _problems(call: Call[None, None], job: Import) -> Download | None:
    if job.status == "running" or job.problem_count == 0 or job.expires_at <= timestamp(call.now):
        return None
    key = objects.import_key(call.merchant_id, job.id, PROBLEMS)
    size = objects.size_of(key)
    if size is None:
        return None
    name = f"{job.file_name.rpartition('.')[0] or job.file_name}_problems.csv"
    return Download(
        url=objects.link(key, name),
        file_name=name,
        size=size,
        expires_at=timestamp(call.now + timedelta(seconds=objects.LINK_SECONDS)),
    )
