"""GET /v1/orders/{id}/receipt"""

from pos.http import Answer, Call, operation
from receipts import page
from receipts.models import Receipt, ReceiptQuery
from receipts.reading import read_sources
from receipts.rendering import JSON, PRINTER_BYTES, render

_MEDIA = (JSON, page.MEDIA_TYPE, PRINTER_BYTES)


@operation(permission="receipts:read", query=ReceiptQuery, answer=Receipt, media=_MEDIA)
def handler(call: Call[None, ReceiptQuery]) -> Answer:
    """An order's receipt as it stands, marked as a preview: as data, as a page, or as a printer's bytes (ESC/POS)."""
    sources = read_sources(call.merchant_id, call.path["id"])
    receipt = sources.receipt("preview", call.query.language)
    rendered = render(receipt, sources.settings, call.query.format, call.query.width)
    headers = page.HEADERS if call.query.format == "html" else {}
    return Answer(200, rendered.body, sources.order.version, media_type=rendered.media_type, headers=headers)
