"""POST /v1/inventory/counts/{id}/lines"""

from inventory import counts, rules, store
from inventory.models import Count, CountLines, FoundLines
from pos import dynamo
from pos.clock import timestamp
from pos.http import Answer, Call, operation


@operation(permission="inventory:write", body=FoundLines, answer=CountLines)
def handler(call: Call[FoundLines, None]) -> Answer:
    """Say what was found of some variants of a count; any number of people may, each as they go.

    What is found is held against the level of this moment, so what is sold before or after makes no difference to it.
    """
    count = store.get_document(call.merchant_id, Count, call.path["id"])
    if count.status != "counting":
        raise rules.not_counting(count.status)
    found = call.body.lines
    rules.check_on_count(count, found)
    refs = [store.level_ref(call.merchant_id, count.location_id, line.variant_id) for line in found]
    levels = dynamo.fetch(refs)
    lines = tuple(
        rules.counted(line, dynamo.resolve(ref, levels), timestamp(call.now), call.caller.actor)
        for line, ref in zip(found, refs, strict=True)
    )
    answer = Answer(200, CountLines(lines=rules.veiled(lines) if count.blind else lines).json_bytes())
    counts.record(call, count.id, lines, answer)
    return answer
