"""PATCH /v1/scale_formats"""

from catalog import rules, store
from catalog.models import ScaleFormats, ScaleFormatsChange
from pos import dynamo
from pos.clock import timestamp
from pos.http import Answer, Call, operation


@operation(permission="catalog:write", body=ScaleFormatsChange, answer=ScaleFormats)
def handler(call: Call[ScaleFormatsChange, None]) -> Answer:
    """Set how the merchant's scales print barcodes: the whole new list, one format for each prefix."""
    before = dynamo.get(store.scale_formats_ref(call.merchant_id))
    call.expect(before.version)
    rules.check_formats(call.body.formats)
    first = before.created_at or timestamp(call.now)
    return store.save_scale_formats(call, before.changed(call.now, formats=call.body.formats, created_at=first))
