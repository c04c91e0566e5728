"""GET /v1/scale_formats"""

from catalog import store
from catalog.models import ScaleFormats
from pos import dynamo
from pos.http import Answer, Call, operation


@operation(permission="catalog:read", answer=ScaleFormats)
def handler(call: Call[None, None]) -> Answer:
    """How the merchant's scales print weights and prices into barcodes."""
    formats = dynamo.get(store.scale_formats_ref(call.merchant_id))
    return Answer(200, formats.json_bytes(), formats.version)
