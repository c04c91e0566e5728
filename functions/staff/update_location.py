"""PATCH /v1/locations/{id}"""

from pos.http import Answer, Call, operation
from staff import store
from staff.models import Location, LocationChange


@operation(permission="merchant:write", body=LocationChange, answer=Location)
def handler(call: Call[LocationChange, None]) -> Answer:
    """Change a location; what is left out stays. Orders keep the time zone and the start of the day that they
    were made in."""
    location = store.get_location(call.merchant_id, call.path["id"])
    call.expect(location.version)
    return store.save_location(call, location, location.changed(call.now, **call.body.model_dump(exclude_unset=True)))
