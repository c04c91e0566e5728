"""POST /v1/orders/{id}/receipt/prints"""

import base64
from dataclasses import replace

from pos import dynamo
from pos.documents import stamp
from pos.errors import DomainError
from pos.http import Answer, Call, operation
from pos.ids import derived_id
from receipts import rules, store
from receipts.models import NewPrint, Print, Printed
from receipts.reading import Sources, read_sources
from receipts.rendering import PRINTER_BYTES, render

_OPEN_DRAWER = "receipts:open_drawer"
_OPEN_FOR_NO_SALE = "shifts:open_drawer"
_ATTEMPTS = 8


@operation(permission="receipts:write", body=NewPrint, answer=Printed, status=201)
def handler(call: Call[NewPrint, None]) -> Answer:
    """Print an order's receipt: counts the print and answers what goes to the printer. Only the first is the original;
    from the second on each is marked as a copy, and numbered. A copy opens the drawer for who may do so for no sale.

    A repeat is answered the same print of the same version of the order, made anew: it shows nothing of a customer who
    was erased in between.
    """
    if call.body.open_drawer:
        call.caller.require(_OPEN_DRAWER)
    sources = read_sources(call.merchant_id, call.path["id"])
    try:
        return _next(call, sources)
    except (DomainError, dynamo.ConditionFailed):
        before = store.print_before(call)
        if before is None:
            raise
        then = replace(sources, order=store.order_of(call.merchant_id, before))
        return Answer(201, _printed(call, then, before).json_bytes(), before.version, replayed=True)


def _next(call: Call[NewPrint, None], sources: Sources) -> Answer:
    printed_as = rules.printed_as(sources.order)
    for attempt in range(_ATTEMPTS):
        number = store.count_prints(call.merchant_id, sources.order.id, printed_as) + 1
        if call.body.open_drawer and number > 1:
            call.caller.require(_OPEN_FOR_NO_SALE)
        made = _print(call, sources, printed_as, number)
        try:
            return store.add_print(call, printed_as, made, _printed(call, sources, made))
        except store.NumberTaken:
            dynamo.pause(attempt)
    raise dynamo.Busy


def _print(call: Call[NewPrint, None], sources: Sources, printed_as: str, number: int) -> Print:
    return Print(
        id=derived_id("prt", call.merchant_id, sources.order.id, printed_as, number),
        order_id=sources.order.id,
        order_version=sources.order.version,
        kind=rules.kind_of(sources.order),
        number=number,
        mark=rules.mark_of(number),
        printed_by=call.caller.actor,
        format=call.body.format,
        open_drawer=call.body.open_drawer,
        **stamp(call.now),
    )


def _printed(call: Call[NewPrint, None], sources: Sources, made: Print) -> Printed:
    receipt = sources.receipt(made.mark, call.body.language, made.number)
    rendered = render(receipt, sources.settings, made.format, call.body.width, open_drawer=made.open_drawer)
    binary = rendered.media_type == PRINTER_BYTES
    return Printed(
        **made.model_dump(),
        media_type=rendered.media_type,
        content_encoding="base64" if binary else None,
        content=base64.b64encode(rendered.body).decode() if binary else rendered.body.decode(),
    )
