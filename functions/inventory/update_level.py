"""PATCH /v1/inventory/levels/{location_id}/{variant_id}"""

from inventory import store
from inventory.models import Level, LevelChange
from inventory.reading import read_variants
from pos import dynamo
from pos.errors import Invalid, NotFound
from pos.http import Answer, Call, operation

_ATTEMPTS = 8


@operation(permission="inventory:write", body=LevelChange, answer=Level)
def handler(call: Call[LevelChange, None]) -> Answer:
    """Set the threshold of a level. From then on, each time that stock comes down to it there is one
    inventory.low_stock; if it is there already, the answer says so.
    """
    location_id, variant_id = call.path["location_id"], call.path["variant_id"]
    _check_there(call, location_id, variant_id)
    for attempt in range(_ATTEMPTS):
        there = dynamo.get(store.level_ref(call.merchant_id, location_id, variant_id))
        call.expect(there.version if there else 0)
        try:
            return store.set_threshold(call, location_id, variant_id, call.body.threshold, there)
        except store.Outrun:
            dynamo.pause(attempt)
    raise dynamo.Busy


def _check_there(call: Call[LevelChange, None], location_id: str, variant_id: str) -> None:
    try:
        read_variants(call, location_id, [variant_id])
    except Invalid as unknown:
        raise NotFound("level", f"of {variant_id} at {location_id}") from unknown
