"""GET /v1/sync/runs/{id}"""

from pos.http import Answer, Call, operation
from sync import runs
from sync.models import SyncRun


@operation(permission="sync:read", answer=SyncRun)
def handler(call: Call[None, None]) -> Answer:
    """One run, with what was told by now."""
    run = runs.get(call.merchant_id, call.path["id"])
    return Answer(200, run.json_bytes(), run.version)
