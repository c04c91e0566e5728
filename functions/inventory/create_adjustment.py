"""POST /v1/inventory/adjustments"""

from catalog.store import sellable_ref
from inventory import rules, store
from inventory.models import AdjustedLine, Adjustment, NewAdjustment
from pos import dynamo
from pos.clock import timestamp
from pos.http import Answer, Call, operation
from pos.ids import new_id
from staff.store import location_ref


@operation(permission="inventory:write", body=NewAdjustment, answer=Adjustment, status=201)
def handler(call: Call[NewAdjustment, None]) -> Answer:
    """Change stock levels at a location by differences, with a reason; all of them or none."""
    new = call.body
    location = location_ref(call.merchant_id, new.location_id)
    variants = [sellable_ref(call.merchant_id, "variant", line.variant_id) for line in new.lines]
    found = dynamo.fetch([location, *variants])
    dynamo.resolve(location, found)
    rules.check_lines(new.lines, [dynamo.resolve(variant, found) for variant in variants])
    adjustment = Adjustment(
        id=new_id("adj"),
        location_id=new.location_id,
        reason=new.reason,
        note=new.note,
        lines=tuple(AdjustedLine(variant_id=line.variant_id, quantity=line.quantity) for line in new.lines),
        actor=call.caller.actor,
        created_at=timestamp(call.now),
    )
    answer = Answer(201, adjustment.json_bytes())
    store.add_adjustment(call.merchant_id, adjustment, call.now, call.once(answer))
    return answer
