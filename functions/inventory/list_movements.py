"""GET /v1/inventory/movements"""

from inventory import store
from inventory.models import Movement, MovementListing
from pos import dynamo
from pos.http import Answer, Call, listing, operation


@operation(permission="inventory:read", query=MovementListing, answer=Movement)
def handler(call: Call[None, MovementListing]) -> Answer:
    """What moved the stock of a variant at a location, newest first; recorded a moment after the level itself."""
    wanted = call.query
    page = store.list_movements(call.merchant_id, wanted.location_id, wanted.variant_id, wanted.limit, wanted.cursor)
    return listing([dynamo.unpack(item["data"]) for item in page.items], page.next_cursor)
