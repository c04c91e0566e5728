"""GET /v1/locations"""

from pos import dynamo
from pos.http import Answer, Call, listing, operation
from pos.model import Listing
from staff import store
from staff.models import Location


@operation(permission="merchant:read", query=Listing, answer=Location)
def handler(call: Call[None, Listing]) -> Answer:
    """The merchant's locations, oldest first."""
    page = store.listing(call.merchant_id, "location", call.query.limit, call.query.cursor)
    return listing([dynamo.unpack(item["doc"]) for item in page.items], page.next_cursor)
