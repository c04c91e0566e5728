"""GET /v1/inventory/levels"""

from inventory import store
from inventory.models import Level, LevelListing
from pos.http import Answer, Call, listing, operation


@operation(permission="inventory:read", query=LevelListing, answer=Level)
def handler(call: Call[None, LevelListing]) -> Answer:
    """Stock on hand at a location, of a variant, or of a variant at a location; or what is low at a location."""
    wanted = call.query
    if wanted.location_id is not None and wanted.low_stock:
        page = store.list_low(call.merchant_id, wanted.location_id, wanted.limit, wanted.cursor)
    else:
        page = store.list_levels(call.merchant_id, wanted.location_id, wanted.variant_id, wanted.limit, wanted.cursor)
    return listing([store.level(item).json_bytes() for item in page.items], page.next_cursor)
