"""POST /v1/inventory/transfers/{id}/receive"""

from inventory import rules, store
from inventory.models import Transfer, TransferArrival
from pos.clock import timestamp
from pos.http import Answer, Call, operation
from staff.store import get_location


@operation(permission="inventory:write", body=TransferArrival, answer=Transfer)
def handler(call: Call[TransferArrival, None]) -> Answer:
    """Take in what was sent, at what it cost where it came from. What is missing, or too much, stays on the transfer as
    a discrepancy.
    """
    transfer = store.get_document(call.merchant_id, Transfer, call.path["id"])
    call.expect(transfer.version)
    rules.check_in_transit(transfer)
    received = transfer.changed(
        call.now,
        status="received",
        lines=rules.arrived(transfer, call.body.lines),
        received_at=timestamp(call.now),
        received_by=call.caller.actor,
    )
    place = get_location(call.merchant_id, transfer.to_location_id)
    return store.receive_transfer(call, received, place.business_day(call.now))
