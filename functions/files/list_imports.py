"""GET /v1/imports"""

from files import store
from files.imports.models import PERMISSIONS, Import, ImportListing
from pos.http import Answer, Call, listing, operation


@operation(permission="imports:read", query=ImportListing, answer=Import)
def handler(call: Call[None, ImportListing]) -> Answer:
    """Imports of the last week, newest first: those of what the caller may read, of which a page may hold fewer than
    `limit`.
    """
    page = store.IMPORTS.page(call.merchant_id, call.query.limit, call.query.cursor)
    jobs = [job for job in map(store.IMPORTS.read, page.items) if call.caller.may(PERMISSIONS[job.type][0])]
    return listing([job.json_bytes() for job in jobs], page.next_cursor)
