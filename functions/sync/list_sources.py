"""GET /v1/sync/sources"""

from pos import dynamo
from pos.http import Answer, Call, operation, paged
from pos.model import Listing
from sync import store
from sync.models import Source


@operation(permission="sync:read", query=Listing, answer=Source)
def handler(call: Call[None, Listing]) -> Answer:
    """The sources that are set up, by name."""
    page = store.list_sources(call.merchant_id, call.query.limit, call.query.cursor)
    return paged(page, (dynamo.unpack(item["doc"]) for item in page.items))
