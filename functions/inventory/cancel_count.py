"""POST /v1/inventory/counts/{id}/cancel"""

from inventory import counts, rules, store
from inventory.models import Cancellation, Count
from pos.clock import timestamp
from pos.http import Answer, Call, operation


@operation(permission="inventory:write", body=Cancellation, answer=Count)
def handler(call: Call[Cancellation, None]) -> Answer:
    """Give a count up: nothing moves, and what was counted stays on it."""
    count = store.get_document(call.merchant_id, Count, call.path["id"])
    call.expect(count.version)
    if count.status != "counting":
        raise rules.not_counting(count.status)
    cancelled = count.changed(
        call.now,
        status="cancelled",
        lines=rules.progress(count, counts.recorded(call.merchant_id, count.id)),
        cancelled_at=timestamp(call.now),
        cancelled_by=call.caller.actor,
        cancel_reason=call.body.reason,
    )
    return counts.cancel(call, cancelled)
