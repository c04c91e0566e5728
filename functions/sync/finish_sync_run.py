"""POST /v1/sync/runs/{id}/finish"""

from pos.http import Answer, Call, operation
from sync import finishing, runs
from sync.entities import TELLERS
from sync.models import RunFinish, SyncRun


@operation(permission="sync:write", body=RunFinish, answer=SyncRun, repeatable=True)
def handler(call: Call[RunFinish, None]) -> Answer:
    """End a run. Of a snapshot, what the source told before the run and not in it is retired, as if it had told that it
    is deleted. That may take more than one call: while the answer's status is `finishing`, call again.

    Refuses (409 `run.retires_too_much`) a snapshot that would retire more than ten and more than `retire_at_most`
    percent of what the source told: exports come out empty at times. The run goes on then.
    """
    run = runs.get(call.merchant_id, call.path["id"])
    finished = finishing.finish(call, run, TELLERS[run.type], call.body.retire_at_most)
    return Answer(200, finished.json_bytes(), finished.version)
