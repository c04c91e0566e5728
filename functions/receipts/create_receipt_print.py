"""POST /v1/orders/{id}/receipt/prints"""

import base64

from pos import dynamo
from pos.documents import stamp
from pos.http import Answer, Call, operation
from pos.ids import derived_id
from receipts import rules, store
from receipts.models import NewPrint, Printed
from receipts.reading import Sources, read_sources
from receipts.rendering import PRINTER_BYTES, render

_OPEN_DRAWER = "receipts:open_drawer"
_OPEN_FOR_NO_SALE = "shifts:open_drawer"
_ATTEMPTS = 8


@operation(permission="receipts:write", body=NewPrint, answer=Printed, status=201)
def handler(call: Call[NewPrint, None]) -> Answer:
    """Print an order's receipt: counts the print and answers what goes to the printer. Only the first is the original;
    from the second on each is marked as a copy, and numbered. A copy opens the drawer for who may do so for no sale.
    """
    if call.body.open_drawer:
        call.caller.require(_OPEN_DRAWER)
    sources = read_sources(call.merchant_id, call.path["id"])
    printed_as = rules.printed_as(sources.order)
    for attempt in range(_ATTEMPTS):
        number = store.count_prints(call.merchant_id, sources.order.id, printed_as) + 1
        if call.body.open_drawer and number > 1:
            call.caller.require(_OPEN_FOR_NO_SALE)
        try:
            return store.add_print(call, printed_as, _printed(call, sources, printed_as, number))
        except store.NumberTaken:
            dynamo.pause(attempt)
    raise dynamo.Busy


def _printed(call: Call[NewPrint, None], sources: Sources, printed_as: str, number: int) -> Printed:
    mark = rules.mark_of(number)
    receipt = sources.receipt(mark, call.body.language, number)
    rendered = render(receipt, sources.settings, call.body.format, call.body.width, open_drawer=call.body.open_drawer)
    binary = rendered.media_type == PRINTER_BYTES
    return Printed(
        id=derived_id("prt", call.merchant_id, sources.order.id, printed_as, number),
        order_id=sources.order.id,
        order_version=sources.order.version,
        kind=receipt.kind,
        number=number,
        mark=mark,
        printed_by=call.caller.actor,
        format=call.body.format,
        open_drawer=call.body.open_drawer,
        media_type=rendered.media_type,
        content_encoding="base64" if binary else None,
        content=base64.b64encode(rendered.body).decode() if binary else rendered.body.decode(),
        **stamp(call.now),
    )
