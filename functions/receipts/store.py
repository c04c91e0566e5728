"""The receipts table.

settings   pk <merchant>           sk receipt_settings
print      pk <merchant>#<order>   sk print#<what>#<number>   what: receipt, cancellation, or bill.v<order's version>
mail       pk <merchant>#<mail>    sk email                   there, as a note, before SES is asked; its id follows from
                                                              the Idempotency-Key
"""

from typing import Any

from orders.models import Order
from pos import audit, documents, dynamo, idempotency, outbox
from pos.clock import timestamp
from pos.dynamo import Guarded, Item, Page, Ref
from pos.errors import DomainError
from pos.http import Answer, Call
from receipts.models import Print, Printed, ReceiptSettings, SentEmail

TABLE = "receipts"


def settings_ref(merchant_id: str) -> Ref[ReceiptSettings]:
    """How the merchant's receipts look; the usual look until it says so."""
    return Ref(TABLE, (merchant_id, "receipt_settings"), _read_settings)


def save_settings(call: Call[Any, Any], settings: ReceiptSettings) -> Answer:
    """Keep changed settings."""
    return documents.save(call, TABLE, (call.merchant_id, "receipt_settings"), settings, ["receipt_settings.updated"])


def count_prints(merchant_id: str, order_id: str, printed_as: str) -> int:
    """How often this was printed by now."""
    prefix = f"print#{printed_as}#"
    page = dynamo.query(TABLE, f"{merchant_id}#{order_id}", limit=1, between=(prefix, f"{prefix}~"), forward=False)
    return documents.read(Print, page.items[0]).number if page.items else 0


def add_print(call: Call[Any, Any], printed_as: str, made: Print, printed: Printed) -> Answer:
    """Count a print, with its event; `NumberTaken` if another one has its number, `ConditionFailed` if the request was
    made before. What was printed is not kept, for it names the customer: see `print_before`.
    """
    key = (f"{call.merchant_id}#{made.order_id}", f"print#{printed_as}#{made.number:06d}")
    put, event = documents.writes(call, TABLE, key, made, made.json_bytes(), ["receipt_print.created"])
    answer = Answer(201, printed.json_bytes(), made.version, entity_id=made.id)
    told = []
    if made.open_drawer and made.number > 1:
        opened = audit.entry(call, "drawer.opened", "order", made.order_id, made.id, reason="With a copy")
        told.append(audit.write(call.merchant_id, opened))
    dynamo.commit([Guarded(put.write, NumberTaken()), event, *told, *map(Guarded, call.once(answer))])
    return answer


def print_before(call: Call[Any, Any]) -> Print | None:
    """The print that a request with the same Idempotency-Key made, if any; 422 if that one asked for something else."""
    record = idempotency.find(call.merchant_id, call.idempotency_key) if call.idempotency_key else None
    if record is None:
        return None
    idempotency.check(record, call.fingerprint())
    event = outbox.data_of(call.merchant_id, str(record.entity_id), 1)
    return Print.model_validate_json(event)


def order_of(merchant_id: str, made: Print) -> Order:
    """The order as it was when it was printed."""
    return Order.model_validate_json(outbox.data_of(merchant_id, made.order_id, made.order_version))


class NumberTaken(Exception):
    """Somebody else printed the same receipt at this moment; take the next number."""


def list_prints(merchant_id: str, order_id: str, limit: int, cursor: str | None) -> Page:
    """The prints of an order."""
    return dynamo.query(TABLE, f"{merchant_id}#{order_id}", limit=limit, cursor=cursor, between=("print#", "print#~"))


def begin_email(call: Call[Any, Any], email_id: str) -> None:
    """Take note that SES is about to be asked. Refuses (409) if it may have been asked before under this key."""
    if idempotency.find(call.merchant_id, str(call.idempotency_key)) is not None:
        raise EmailUnknown  # the record says more: the request is a repeat, or the key another request's
    pk, sk = _email_key(call.merchant_id, email_id)
    begun = dynamo.put(TABLE, {"pk": pk, "sk": sk, "version": 0, "begun_at": timestamp(call.now)})
    dynamo.commit([Guarded(begun, EmailUnknown())])


def forget_email(call: Call[Any, Any], email_id: str) -> None:
    """Nothing was sent: the same key may try again."""
    dynamo.transact([dynamo.delete(TABLE, _email_key(call.merchant_id, email_id))])


def end_email(call: Call[Any, Any], sent: SentEmail) -> Answer:
    """Keep that it was sent, in place of the note, with its event and the answer to the request's repeats."""
    body = sent.json_bytes()
    answer = Answer(201, body, sent.version)
    put = dynamo.put(TABLE, documents.item(_email_key(call.merchant_id, sent.id), sent, body, {}), version=None)
    entity = outbox.Entity(SentEmail.KIND, sent.id, sent.version)
    event = outbox.write(call.merchant_id, entity, ["receipt_email.sent"], body, call.now)
    dynamo.transact([put, event, *call.once(answer)])
    return answer


class EmailUnknown(DomainError):
    """A request with this key has asked SES before, and it is not known what came of it."""

    def __init__(self) -> None:
        detail = "A mail was begun under this Idempotency-Key and may have been sent; only another key sends one again."
        super().__init__("receipt.email_unknown", detail)


def _email_key(merchant_id: str, email_id: str) -> tuple[str, str]:
    return f"{merchant_id}#{email_id}", "email"


def _read_settings(item: Item | None) -> ReceiptSettings:
    if item is None:
        return ReceiptSettings(id="receipt_settings", version=0, created_at="", updated_at="")
    return documents.read(ReceiptSettings, item)
