"""POST /v1/locations"""

from pos import dynamo
from pos.documents import stamp
from pos.http import Answer, Call, operation
from pos.ids import new_id
from staff import store
from staff.models import Location, NewLocation


@operation(permission="merchant:write", body=NewLocation, answer=Location, status=201)
def handler(call: Call[NewLocation, None]) -> Answer:
    """Open a location, with the merchant's time zone and start of the day unless it names its own."""
    merchant = dynamo.get(store.merchant_ref(call.merchant_id))
    location = Location(
        id=new_id("loc"),
        name=call.body.name,
        address=call.body.address,
        time_zone=call.body.time_zone or merchant.time_zone,
        day_start=call.body.day_start or merchant.day_start,
        stock_policy=call.body.stock_policy,
        kitchen=call.body.kitchen,
        **stamp(call.now),
    )
    return store.add_location(call, location)
