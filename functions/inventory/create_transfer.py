"""POST /v1/inventory/transfers"""

from inventory import store
from inventory.models import NewTransfer, Transfer, TransferLine
from inventory.reading import read_transfer
from pos.documents import stamp
from pos.http import Answer, Call, operation
from pos.ids import new_id


@operation(permission="inventory:write", body=NewTransfer, answer=Transfer, status=201)
def handler(call: Call[NewTransfer, None]) -> Answer:
    """Send stock to another location: it leaves at once, all of it or nothing, and is in transit until it is received.

    What the stock policy blocks cannot be sent beyond what is there.
    """
    new = call.body
    origin, blocked = read_transfer(call)
    transfer = Transfer(
        id=new_id("trf"),
        from_location_id=new.from_location_id,
        to_location_id=new.to_location_id,
        status="in_transit",
        reference=new.reference,
        note=new.note,
        lines=tuple(TransferLine(variant_id=line.variant_id, quantity=line.quantity) for line in new.lines),
        actor=call.caller.actor,
        **stamp(call.now),
    )
    return store.add_transfer(call, transfer, blocked, origin.business_day(call.now))
