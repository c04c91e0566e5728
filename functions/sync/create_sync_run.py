"""POST /v1/sync/runs"""

from pos.documents import stamp
from pos.http import Answer, Call, operation
from pos.ids import new_id
from sync import runs
from sync.models import NewSyncRun, SyncRun


@operation(permission="sync:write", body=NewSyncRun, answer=SyncRun, status=201)
def handler(call: Call[NewSyncRun, None]) -> Answer:
    """Begin to tell something in many calls, which name the run as `run_id` and are counted on it.

    With `snapshot` the calls of the run tell all that the source has: what it told before and does not tell in the run
    is retired when the run is finished.
    """
    return runs.add(call, SyncRun(id=new_id("syr"), **call.body.model_dump(), **stamp(call.now)))
