"""GET /v1/exports"""

from files import store
from files.models import Export, ExportListing
from pos.http import Answer, Call, listing, operation


@operation(permission="exports:read", query=ExportListing, answer=Export)
def handler(call: Call[None, ExportListing]) -> Answer:
    """Exports of the last week, newest first: those of what the caller may read, of which a page may hold fewer than
    `limit`.
    """
    page = store.EXPORTS.page(call.merchant_id, call.query.limit, call.query.cursor)
    exports = [
        export for export in map(store.EXPORTS.read, page.items) if all(map(call.caller.may, export.permissions))
    ]
    return listing([export.json_bytes() for export in exports], page.next_cursor)
