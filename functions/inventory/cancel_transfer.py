"""POST /v1/inventory/transfers/{id}/cancel"""

from inventory import rules, store
from inventory.models import Cancellation, Transfer
from pos.clock import timestamp
from pos.http import Answer, Call, operation
from staff.store import get_location


@operation(permission="inventory:write", body=Cancellation, answer=Transfer)
def handler(call: Call[Cancellation, None]) -> Answer:
    """Call a transfer off before it arrived: all that was sent is back where it came from."""
    transfer = store.get_document(call.merchant_id, Transfer, call.path["id"])
    call.expect(transfer.version)
    rules.check_in_transit(transfer)
    cancelled = transfer.changed(
        call.now,
        status="cancelled",
        cancelled_at=timestamp(call.now),
        cancelled_by=call.caller.actor,
        cancel_reason=call.body.reason,
    )
    place = get_location(call.merchant_id, transfer.from_location_id)
    return store.cancel_transfer(call, cancelled, place.business_day(call.now))
