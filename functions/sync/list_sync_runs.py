"""GET /v1/sync/runs"""

from pos.http import Answer, Call, operation, paged
from pos.model import Listing
from sync import runs
from sync.models import SyncRun


@operation(permission="sync:read", query=Listing, answer=SyncRun)
def handler(call: Call[None, Listing]) -> Answer:
    """The runs of all sources, newest first."""
    page = runs.list_runs(call.merchant_id, call.query.limit, call.query.cursor)
    return paged(page, (runs.read(item).json_bytes() for item in page.items))
