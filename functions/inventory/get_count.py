"""GET /v1/inventory/counts/{id}"""

from inventory import counts, rules, store
from inventory.models import Count
from pos.http import Answer, Call, operation


@operation(permission="inventory:read", answer=Count)
def handler(call: Call[None, None]) -> Answer:
    """A count with what is counted so far; a blind one does not tell what is expected until it is completed."""
    count = store.get_document(call.merchant_id, Count, call.path["id"])
    if count.status in ("counting", "completing"):
        lines = rules.progress(count, counts.recorded(call.merchant_id, count.id))
        count = count.model_copy(update={"lines": rules.veiled(lines) if count.blind else lines})
    return Answer(200, count.json_bytes(), count.version)
