"""POST /v1/inventory/counts"""

from inventory import counts, rules, store
from inventory.models import Count, NewCount
from inventory.reading import read_counted
from pos import dynamo
from pos.documents import stamp
from pos.http import Answer, Call, operation
from pos.ids import new_id


@operation(permission="inventory:write", body=NewCount, answer=Count, status=201)
def handler(call: Call[NewCount, None]) -> Answer:
    """Begin a count at a location, while it goes on selling."""
    new = call.body
    variant_ids = read_counted(call)
    refs = [store.level_ref(call.merchant_id, new.location_id, id) for id in variant_ids]
    found = dynamo.fetch(refs)
    count = Count(
        id=new_id("cnt"),
        location_id=new.location_id,
        status="counting",
        blind=new.blind,
        note=new.note,
        actor=call.caller.actor,
        lines=rules.count_lines(new, variant_ids, [dynamo.resolve(ref, found) for ref in refs]),
        **stamp(call.now),
    )
    return counts.add(call, count)
