"""POST /v1/inventory/counts/{id}/complete"""

from inventory import counts, rules, store
from inventory.models import Count
from pos.clock import timestamp
from pos.http import Answer, Call, operation


@operation(permission="inventory:write", answer=Count)
def handler(call: Call[None, None]) -> Answer:
    """End a count: every difference that it found moves its level, with the count as cause; what nobody counted stays.

    If that is interrupted, the count is `completing`, and this goes on with it.
    """
    count = store.get_document(call.merchant_id, Count, call.path["id"])
    if count.status == "counting":
        call.expect(count.version)
        count = count.changed(call.now, status="completing")
        counts.close(call, count)
    elif count.status != "completing":
        raise rules.not_counting(count.status)
    counts.post_differences(call, count)
    completed = count.changed(
        call.now,
        status="completed",
        lines=rules.progress(count, counts.recorded(call.merchant_id, count.id)),
        completed_at=timestamp(call.now),
        completed_by=call.caller.actor,
    )
    return counts.complete(call, completed)
