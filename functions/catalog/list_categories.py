"""GET /v1/categories"""

from catalog import store
from catalog.models import Category, CategoryListing
from pos.documents import read
from pos.http import Answer, Call, listing, operation


@operation(permission="catalog:read", query=CategoryListing, answer=Category)
def handler(call: Call[None, CategoryListing]) -> Answer:
    """All categories, oldest first; `parent_id` makes them a tree."""
    wanted = call.query
    page = store.list_categories(call.merchant_id, wanted.limit, wanted.cursor)
    categories = [read(Category, item) for item in page.items]
    shown = [one.json_bytes() for one in categories if wanted.include_deleted or one.deleted_at is None]
    return listing(shown, page.next_cursor)
