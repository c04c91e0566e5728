"""POST /v1/inventory/receipts"""

from inventory import rules, store
from inventory.models import NewStockReceipt, StockReceipt
from inventory.reading import read_variants
from pos.documents import stamp
from pos.http import Answer, Call, operation
from pos.ids import new_id


@operation(permission="inventory:write", body=NewStockReceipt, answer=StockReceipt, status=201)
def handler(call: Call[NewStockReceipt, None]) -> Answer:
    """Take in what a supplier delivered, at what it cost; all of it or nothing."""
    new = call.body
    location, _ = read_variants(call, new.location_id, [line.variant_id for line in new.lines])
    lines = rules.receipt_lines(new.lines)
    receipt = StockReceipt(
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
    return store.add_receipt(call, receipt, location.business_day(call.now))
