"""email_receipt"""

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import botocore.exceptions
import pytest
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.ses.models import ses_backends

from pos import aws
from receipts import email_receipt
from tests.support.contract import assert_needs, assert_refuses_what_is_no_body, events_of, logged
from tests.support.samples import sample
from tests.support.shop import Reply, Shop, send
from tests.unit.orders.till import Killed, Till, crash_at, custom, stored
from tests.unit.receipts.paper import meal, settings

SENDER = "struk@toko.example"
KEY = {"Idempotency-Key": "mail-1"}
TO = "budi@example.com"


@pytest.fixture(autouse=True)
def _ses(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An SES that knows our sender and has sent nothing."""
    monkeypatch.setenv("RECEIPT_SENDER", SENDER)
    ses_backends[DEFAULT_ACCOUNT_ID]["ap-southeast-3"].sent_messages.clear()
    boto3.client("sesv2").create_email_identity(EmailIdentity=SENDER)
    yield
    boto3.client("sesv2").delete_email_identity(EmailIdentity=SENDER)


def sent() -> list[Any]:
    """The mails that SES took."""
    return list(ses_backends[DEFAULT_ACCOUNT_ID]["ap-southeast-3"].sent_messages)


def email(shop: Shop, order_id: str, *, to: str = TO, headers: dict[str, str] | None = KEY, **body: Any) -> Reply:
    """Mail the order's receipt."""
    return shop.call(email_receipt.handler, {"to": to, **body}, id=order_id, headers=headers)


def ses_answers(monkeypatch: pytest.MonkeyPatch, answer: Callable[[], Any]) -> None:
    """Let SES do this with the next mails."""
    monkeypatch.setattr(aws.sesv2(), "send_email", lambda **_request: answer())


def refusing(code: str, status: int) -> Callable[[], Any]:
    """An SES that answers so."""
    response: Any = {"Error": {"Code": code, "Message": TO}, "ResponseMetadata": {"HTTPStatusCode": status}}

    def refuse() -> None:
        raise botocore.exceptions.ClientError(response, "SendEmail")

    return refuse


def silent() -> None:
    """An SES that does not answer."""
    raise botocore.exceptions.ReadTimeoutError(endpoint_url="https://email.example")


def test_the_sample_mails_a_receipt(till: Till) -> None:
    order = meal(till)

    reply = send(email_receipt.handler, sample("receipts", "email_receipt", till.shop, id=order["id"]))

    assert (reply.status, reply.headers["etag"]) == (201, '"1"')
    assert len(sent()) == 1


def test_a_mail_has_the_receipt_as_page_and_as_text(till: Till) -> None:
    settings(till.shop, footer="<Terima kasih>")
    order = meal(till)

    reply = email(till.shop, order["id"], language="id")

    assert reply.status == 201
    [mail] = sent()
    assert (mail.source, mail.destinations["ToAddresses"]) == (SENDER, [TO])
    assert mail.subject == f"Struk {order['number']}, Toko Maju"
    [message] = sent()
    assert "STRUK ELEKTRONIK" in message.body
    assert reply.json["message_id"] == message.id


def test_what_is_sent_to_ses_is_complete(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    requests: list[Any] = []

    def keep(**request: Any) -> Any:
        requests.append(request)
        return {"MessageId": "m-1"}

    monkeypatch.setattr(aws.sesv2(), "send_email", keep)
    order = meal(till)

    email(till.shop, order["id"], language="en")

    body = requests[0]["Content"]["Simple"]["Body"]
    assert body["Html"]["Data"].startswith("<!doctype html>")
    assert "*** E-RECEIPT ***" in body["Html"]["Data"]
    assert "*** E-RECEIPT ***" in body["Text"]["Data"]
    assert f"{order['total']:,}" in body["Text"]["Data"]
    assert max(map(len, body["Text"]["Data"].splitlines())) == 48


def test_that_it_was_sent_is_an_event_and_the_address_is_kept_and_logged_nowhere(till: Till) -> None:
    order = meal(till)

    with logged() as log:
        reply = email(till.shop, order["id"])

    [event] = events_of(till.shop, reply.json["id"])
    assert (event["type"], event["data"]) == ("receipt_email.sent", reply.json)
    assert "budi" not in log.getvalue() + str(stored()) + reply.text


def test_the_repeat_of_a_request_sends_nothing_more(till: Till) -> None:
    order = meal(till)

    first, again = email(till.shop, order["id"]), email(till.shop, order["id"])

    assert (again.text, again.headers["idempotent-replayed"], len(sent())) == (first.text, "true", 1)
    other = email(till.shop, order["id"], to="ani@example.com")
    assert (other.status, other.code, len(sent())) == (422, "idempotency.mismatch", 1)
    another = email(till.shop, meal(till)["id"])
    assert (another.status, another.code, len(sent())) == (422, "idempotency.mismatch", 1)


def test_another_key_sends_again(till: Till) -> None:
    order = meal(till)
    email(till.shop, order["id"])

    assert email(till.shop, order["id"], headers={"Idempotency-Key": "mail-2"}).status == 201
    assert len(sent()) == 2


def test_without_a_key_nothing_is_sent(till: Till) -> None:
    reply = email(till.shop, meal(till)["id"], headers=None)

    assert (reply.status, reply.code, sent()) == (400, "idempotency.key_required", [])


def test_when_ses_does_not_answer_the_mail_is_never_sent_twice(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    order = meal(till)
    with monkeypatch.context() as broken:
        ses_answers(broken, silent)
        unknown = email(till.shop, order["id"])

    again = email(till.shop, order["id"])

    assert (unknown.status, unknown.code) == (503, "request.outcome_unknown")
    assert (again.status, again.code, sent()) == (409, "receipt.email_unknown", [])


def test_an_internal_error_of_ses_leaves_it_unknown_too(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    order = meal(till)
    with monkeypatch.context() as broken:
        ses_answers(broken, refusing("InternalFailure", 500))
        assert email(till.shop, order["id"]).code == "request.outcome_unknown"

    assert email(till.shop, order["id"]).code == "receipt.email_unknown"


@pytest.mark.parametrize(
    ("code", "status", "refusal"),
    [
        ("MessageRejected", 400, (409, "receipt.email_refused")),
        ("MailFromDomainNotVerifiedException", 400, (409, "receipt.email_refused")),
        ("TooManyRequestsException", 429, (503, "receipt.email_unavailable")),
    ],
)
def test_what_ses_refused_was_not_sent_and_may_be_tried_again(
    till: Till, monkeypatch: pytest.MonkeyPatch, code: str, status: int, refusal: tuple[int, str]
) -> None:
    order = meal(till)
    with monkeypatch.context() as broken, logged() as log:
        ses_answers(broken, refusing(code, status))
        refused = email(till.shop, order["id"])

    assert (refused.status, refused.code) == refusal
    assert TO not in refused.text + log.getvalue()
    assert email(till.shop, order["id"]).status == 201


def test_when_ses_cannot_be_reached_the_same_key_tries_again(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    def unreachable() -> None:
        raise botocore.exceptions.ConnectTimeoutError(endpoint_url="https://email.example")

    order = meal(till)
    with monkeypatch.context() as broken:
        ses_answers(broken, unreachable)
        refused = email(till.shop, order["id"])

    assert (refused.status, refused.code) == (503, "receipt.email_unavailable")
    assert email(till.shop, order["id"]).status == 201


@pytest.mark.parametrize("call", range(1, 7))
@pytest.mark.parametrize("after", [False, True])
def test_a_crash_at_any_call_sends_at_most_once(
    till: Till, monkeypatch: pytest.MonkeyPatch, call: int, *, after: bool
) -> None:
    order = meal(till)
    with monkeypatch.context() as crashing:
        crash_at(crashing, call, after=after)
        with contextlib.suppress(Killed):
            email(till.shop, order["id"])

    again = email(till.shop, order["id"])

    assert len(sent()) <= 1
    assert (again.status, len(sent())) == (201, 1) or again.code == "receipt.email_unknown"


def test_ses_is_asked_once_only() -> None:
    config: Any = aws.sesv2().meta.config
    assert config.retries["total_max_attempts"] == 1


def test_without_a_sender_mailing_is_off(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECEIPT_SENDER", "")

    reply = email(till.shop, meal(till)["id"])

    assert (reply.status, reply.code) == (409, "receipt.email_off")


@pytest.mark.parametrize(
    "to",
    [
        "",
        "budi",
        "budi@localhost",
        "budi@example.com, ani@example.com",
        "Budi <budi@example.com>",
        "budi@example.com\r\nBcc: ani@example.com",
        "budi@exa mple.com",
        "budi@-example.com",
        "@example.com",
        "a" * 250 + "@example.com",
    ],
)
def test_what_is_no_single_address_is_refused(till: Till, to: str) -> None:
    reply = email(till.shop, meal(till)["id"], to=to)

    assert (reply.status, reply.code, reply.pointers, sent()) == (422, "request.invalid", ["/to"], [])


def test_another_merchants_receipt_is_not_mailed(till: Till) -> None:
    reply = email(Shop.open(), till.sell(custom()).json["id"])

    assert (reply.status, reply.code, sent()) == (404, "order.not_found", [])


def test_what_is_no_body_is_refused(till: Till) -> None:
    assert_refuses_what_is_no_body(till.shop, email_receipt.handler, id=meal(till)["id"])


def test_it_needs_a_permission_of_its_own(till: Till) -> None:
    order = meal(till)

    assert_needs("receipts:email", till.shop, email_receipt.handler, {"to": TO}, id=order["id"], headers=KEY)
