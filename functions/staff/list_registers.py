"""GET /v1/registers"""

from pos import dynamo
from pos.http import Answer, Call, listing, operation
from pos.model import Listing
from staff import store
from staff.models import Register


@operation(permission="merchant:read", query=Listing, answer=Register)
def handler(call: Call[None, Listing]) -> Answer:
    """The merchant's registers, oldest first."""
    page = store.listing(call.merchant_id, "register", call.query.limit, call.query.cursor)
    return listing([dynamo.unpack(item["doc"]) for item in page.items], page.next_cursor)
