"""GET /v1/api_keys"""

from pos.http import Answer, Call, listing, operation
from pos.model import Listing
from staff import store
from staff.models import ApiKey


@operation(permission="keys:read", query=Listing, answer=ApiKey)
def handler(call: Call[None, Listing]) -> Answer:
    """The merchant's API keys, oldest first, also those that were revoked; never their secrets."""
    keys, next_cursor = store.list_api_keys(call.merchant_id, call.query.limit, call.query.cursor)
    return listing([key.json_bytes() for key in keys], next_cursor)
