"""GET /v1/sync/conflicts"""

from pos import dynamo
from pos.http import Answer, Call, operation, paged
from sync import store
from sync.models import Conflict, ConflictListing


@operation(permission="sync:read", query=ConflictListing, answer=Conflict)
def handler(call: Call[None, ConflictListing]) -> Answer:
    """What a person has to decide: fields that a source and we both changed since we last agreed, with all values.

    Who may not read customers (`customers:read`) sees which of their fields are contested, and neither name nor values.
    """
    page = store.list_conflicts(call.merchant_id, call.query.status == "open", call.query.limit, call.query.cursor)
    conflicts = (Conflict.model_validate_json(dynamo.unpack(item["doc"])) for item in page.items)
    return paged(page, (conflict.seen_by(call.caller).json_bytes() for conflict in conflicts))
