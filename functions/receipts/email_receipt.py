"""POST /v1/orders/{id}/receipt/email"""

import os

import botocore.exceptions

from pos import aws
from pos.documents import stamp
from pos.errors import DomainError
from pos.http import Answer, Call, operation
from pos.ids import derived_id
from receipts import store
from receipts.layout import lines, rows
from receipts.models import NewEmail, PaperWidth, Receipt, ReceiptSettings, SentEmail
from receipts.reading import read_sources
from receipts.rendering import html_page, title

_THROTTLED = {"TooManyRequestsException", "LimitExceededException", "ThrottlingException"}
_PAPER: PaperWidth = 80


@operation(permission="receipts:email", body=NewEmail, answer=SentEmail, status=201)
def handler(call: Call[NewEmail, None]) -> Answer:
    """Mail an order's receipt as a page and as plain text. It needs an Idempotency-Key, under which it is sent once at
    the most: if SES does not answer, the mail may be on its way, and is not sent again under that key.
    """
    sender = os.environ["RECEIPT_SENDER"]
    if not sender:
        raise DomainError("receipt.email_off", "This system has no address to send receipts from.")
    if call.idempotency_key is None:
        detail = "A receipt is mailed under an Idempotency-Key only, so that no repeat sends it twice."
        raise DomainError("idempotency.key_required", detail, status=400)
    sources = read_sources(call.merchant_id, call.path["id"])
    receipt = sources.receipt("emailed", call.body.language)
    email_id = derived_id("rem", call.merchant_id, call.idempotency_key)
    store.begin_email(call, email_id)
    try:
        message_id = _send(sender, call.body.to, receipt, sources.settings)
    except NotSent:
        store.forget_email(call, email_id)
        raise
    sent = SentEmail(
        id=email_id,
        order_id=sources.order.id,
        order_version=sources.order.version,
        kind=receipt.kind,
        language=receipt.language,
        sent_by=call.caller.actor,
        message_id=message_id,
        **stamp(call.now),
    )
    return store.end_email(call, sent)


class NotSent(DomainError):
    """SES did not take the mail, for sure."""


def _send(sender: str, to: str, receipt: Receipt, settings: ReceiptSettings) -> str:
    """SES's id of the mail. Raises `NotSent`, or botocore's error when nobody knows (no answer, or a 5xx)."""
    columns = settings.columns(_PAPER)
    text = "\n".join(line.text for row in rows(receipt) for line in lines(row, columns))
    try:
        answer = aws.sesv2().send_email(
            FromEmailAddress=sender,
            Destination={"ToAddresses": [to]},
            Content={
                "Simple": {
                    "Subject": {"Data": title(receipt), "Charset": "UTF-8"},
                    "Body": {
                        "Text": {"Data": text, "Charset": "UTF-8"},
                        "Html": {"Data": html_page(receipt, settings, _PAPER), "Charset": "UTF-8"},
                    },
                }
            },
        )
    except botocore.exceptions.ConnectionError as error:
        raise NotSent("receipt.email_unavailable", "Mail cannot be sent now; try again.", status=503) from error
    except botocore.exceptions.ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] >= 500:
            raise
        code = error.response["Error"]["Code"]
        if code in _THROTTLED:
            raise NotSent("receipt.email_unavailable", "Too many mails at once; try again.", status=503) from error
        raise NotSent("receipt.email_refused", f"SES refused the mail ({code}).") from error
    return answer["MessageId"]
