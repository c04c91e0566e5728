"""POST /v1/inventory/adjustments"""

from inventory import rules, store
from inventory.models import AdjustedLine, Adjustment, NewAdjustment
from inventory.reading import read_variants
from pos.clock import timestamp
from pos.http import Answer, Call, operation
from pos.ids import new_id


@operation(permission="inventory:write", body=NewAdjustment, answer=Adjustment, status=201)
def handler(call: Call[NewAdjustment, None]) -> Answer:
    """Change stock levels at a location by differences, with a reason; all of them or none.

    Stock whose cost is not known yet is taken to cost what the catalog says.
    """
    new = call.body
    location, variants = read_variants(call, new.location_id, [line.variant_id for line in new.lines])
    rules.check_differences(new.lines)
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
    costs = [variant.cost for variant in variants]
    day = location.business_day(call.now)
    store.add_adjustment(call.merchant_id, adjustment, costs, day, call.now, call.once(answer))
    return answer
