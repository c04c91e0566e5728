"""POST /v1/locations"""

from pos import dynamo
from pos.documents import stamp
from pos.http import Answer, Call, operation
from pos.ids import new_id
from staff import store
from staff.models import Location, NewLocation


@operation(permission="merchant:write", body=NewLocation, answer=Location, status=201)
def handler(call: Call[NewLocation, None]) -> Answer:
    """Open a location, in the merchant's time zone unless it names its own."""
    time_zone = call.body.time_zone or dynamo.get(store.merchant_ref(call.merchant_id)).time_zone
    location = Location(
        id=new_id("loc"),
        name=call.body.name,
        address=call.body.address,
        time_zone=time_zone,
        stock_policy=call.body.stock_policy,
        **stamp(call.now),
    )
    return store.add_location(call, location)
