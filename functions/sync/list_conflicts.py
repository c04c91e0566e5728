"""GET /v1/sync/conflicts"""

from pos import dynamo
from pos.http import Answer, Call, operation, paged
from sync import store
from sync.models import Conflict, ConflictListing


@operation(permission="sync:read", query=ConflictListing, answer=Conflict)
def handler(call: Call[None, ConflictListing]) -> Answer:
    """What a person has to decide: fields that a source and we both changed since we last agreed, with all values."""
    page = store.list_conflicts(call.merchant_id, call.query.status == "open", call.query.limit, call.query.cursor)
    return paged(page, (dynamo.unpack(item["doc"]) for item in page.items))
