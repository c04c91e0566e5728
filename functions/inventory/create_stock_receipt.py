"""POST /v1/inventory/receipts"""

from inventory import rules, store
from inventory.models import NewReceipt, Receipt
from inventory.reading import read_variants
from pos.documents import stamp
from pos.http import Answer, Call, operation
from pos.ids import new_id


@operation(permission="inventory:write", body=NewReceipt, answer=Receipt, status=201)
def handler(call: Call[NewReceipt, None]) -> Answer:
    """Take in what a supplier delivered, at what it cost; all of it or nothing."""
    new = call.body
    read_variants(call, new.location_id, new.lines)
    lines = rules.receipt_lines(new.lines)
    receipt = Receipt(
        id=new_id("rcp"),
        location_id=new.location_id,
        supplier=new.supplier,
        reference=new.reference,
        note=new.note,
        lines=lines,
        total=sum(line.amount for line in lines),
        actor=call.caller.actor,
        **stamp(call.now),
    )
    return store.add_receipt(call, receipt)
