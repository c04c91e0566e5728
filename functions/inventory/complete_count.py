"""POST /v1/inventory/counts/{id}/complete"""

from inventory import counts, store
from inventory.models import Count
from pos.http import Answer, Call, operation


@operation(permission="inventory:write", answer=Count)
def handler(call: Call[None, None]) -> Answer:
    """End a count: every difference that it found moves its level, with the count as cause; what nobody counted stays.

    If that is interrupted, the count is `completing`, and this goes on with it.
    """
    return counts.finish(call, store.get_document(call.merchant_id, Count, call.path["id"]))
