"""Operations: events in, answers and problems out."""

import base64
import http
import json
from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, NoReturn

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError
from pydantic import Field

from pos import clock, dynamo, idempotency
from pos.dynamo import Busy, ConditionFailed
from pos.errors import DomainError, FieldError, Invalid, NotFound, StaleVersion
from pos.http import Answer, Call, Operation, listing, operation
from pos.idempotency import Record
from pos.model import Input, Listing, Quantity, Text
from tests.support.contract import logged
from tests.support.shop import Reply, request_event, send


@pytest.fixture(autouse=True)
def stack(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STACK_NAME", "test")


class Thing(Input):
    name: Text
    quantity: Quantity | None = None


def greet(answer: Callable[[Call[Thing, Listing]], Answer]) -> Operation[Thing, Listing]:
    return operation(permission="things:write", body=Thing, query=Listing)(answer)


def ask(answer: Callable[[Call[Thing, Listing]], Answer], body: Any = None, **request: Any) -> Reply:
    return send(greet(answer), request_event("mer_1", body={"name": "A"} if body is None else body, **request))


def refusing(error: Exception) -> Callable[[Call[Thing, Listing]], Answer]:
    def refuse(_call: Call[Thing, Listing]) -> NoReturn:
        raise error

    return refuse


def done(_call: Call[Thing, Listing]) -> Answer:
    return Answer(200, b'{"done":true}', 7)


class TestAnswers:
    def test_an_answer_has_its_version_as_etag_and_is_never_cached(self) -> None:
        reply = ask(done)

        assert (reply.status, reply.text) == (200, '{"done":true}')
        assert reply.headers == {
            "content-type": "application/json",
            "etag": '"7"',
            "x-request-id": "test-request",
            "cache-control": "no-store",
        }

    def test_an_answer_without_a_body_has_no_content_type(self) -> None:
        reply = ask(lambda _call: Answer(204, None))

        assert (reply.status, reply.text) == (204, "")
        assert "content-type" not in reply.headers

    def test_a_page_is_answered_as_text_with_headers_of_its_own(self) -> None:
        page = Answer(200, "<p>é".encode(), media_type="text/html; charset=utf-8", headers={"x-frame-options": "DENY"})

        reply = ask(lambda _call: page)

        assert (reply.text, reply.headers["content-type"]) == ("<p>é", "text/html; charset=utf-8")
        assert (reply.headers["x-frame-options"], reply.headers["cache-control"]) == ("DENY", "no-store")

    def test_bytes_are_answered_in_base64_and_say_so(self) -> None:
        handler = greet(lambda _call: Answer(200, b"\x1b@\xff", media_type="application/octet-stream"))

        response = handler(request_event("mer_1", body={"name": "A"}), None)

        assert (response["isBase64Encoded"], base64.b64decode(response["body"])) == (True, b"\x1b@\xff")

    def test_a_listing_holds_documents_as_they_are(self) -> None:
        answer = listing([b'{"a":1}', '{"b":"東"}'.encode()], "next", total="9")

        assert json.loads(answer.body or b"") == {"items": [{"a": 1}, {"b": "東"}], "next_cursor": "next", "total": "9"}
        assert listing([], None).body == b'{"items":[],"next_cursor":null}'

    def test_an_operation_is_named_for_its_module(self) -> None:
        assert greet(done).name == "test_http"


class TestRequests:
    def test_a_call_has_all_that_the_request_says(self) -> None:
        calls: list[Call[Thing, Listing]] = []

        def keep(call: Call[Thing, Listing]) -> Answer:
            calls.append(call)
            return Answer(204, None)

        ask(
            keep,
            {"name": "B", "quantity": "2.50"},
            query={"limit": "3"},
            path={"id": "ord_1"},
            headers={"If-Match": '"4"', "Idempotency-Key": "k"},
        )

        [call] = calls
        assert (call.merchant_id, call.caller.actor, call.request_id) == ("mer_1", "key_test", "test-request")
        assert (call.body.name, str(call.body.quantity), call.query.limit) == ("B", "2.50", 3)
        assert (call.path, call.if_match, call.idempotency_key) == ({"id": "ord_1"}, 4, "k")

    def test_a_body_may_come_base64_encoded(self) -> None:
        event = request_event("mer_1", body=base64.b64encode('{"name":"東京"}'.encode()).decode())

        reply = send(greet(lambda call: Answer(200, call.body.name.encode())), {**event, "isBase64Encoded": True})

        assert reply.text == "東京"

    def test_bytes_that_are_no_text_are_no_json(self) -> None:
        event = request_event("mer_1", body=base64.b64encode(b'{"name":"\xff"}').decode())

        reply = send(greet(done), {**event, "isBase64Encoded": True})

        assert (reply.status, reply.code) == (400, "request.malformed_json")

    @pytest.mark.parametrize(
        "missing", ["body", "isBase64Encoded", "headers", "queryStringParameters", "pathParameters"]
    )
    def test_what_api_gateway_leaves_out_counts_as_empty(self, missing: str) -> None:
        event = request_event("mer_1", body={"name": "A"})
        del event[missing]

        assert send(greet(done), event).status == (400 if missing == "body" else 200)

    def test_the_limit_of_a_body_counts_bytes(self) -> None:
        for fits, size in ((True, 1_000_000), (False, 1_000_001)):
            body = '{"name":"é"' + " " * (size - 13) + "}"
            assert len(body.encode()) == size
            assert ask(done, body).status == (200 if fits else 413)

    @pytest.mark.parametrize("header", ["*", " * "])
    def test_any_version_will_do(self, header: str) -> None:
        assert ask(lambda call: Answer(200, repr(call.if_match).encode()), headers={"If-Match": header}).text == "None"

    @pytest.mark.parametrize("header", ["", "abc", '"1", "2"', "-1", "1.0", "9" * 5000])
    def test_an_if_match_that_is_no_version_is_refused(self, header: str) -> None:
        reply = ask(done, headers={"If-Match": header})

        assert (reply.status, reply.code) == (400, "request.invalid_if_match")

    def test_permission_is_asked_before_anything_is_read(self) -> None:
        reply = ask(done, "{", query={"limit": "x"}, permissions="things:read")

        assert (reply.status, reply.code) == (403, "auth.forbidden")

    def test_two_spellings_of_a_request_have_one_fingerprint(self) -> None:
        def print_(call: Call[Thing, Listing]) -> Answer:
            return Answer(200, call.fingerprint().encode())

        first = ask(print_, '{"name":"A","quantity":"2"}').text

        assert ask(print_, '{"quantity" : "2.000", "name":" A "}').text == first
        assert ask(print_, '{"name":"A","quantity":null}').text != ask(print_, '{"name":"A"}').text
        assert ask(print_, '{"name":"A","quantity":"2"}', path={"id": "x"}).text != first


class TestProblems:
    def test_a_refusal_is_a_problem_with_all_its_fields(self) -> None:
        errors = (FieldError("/lines/0", "No."), FieldError("/lines/1", "Neither."))

        reply = ask(refusing(DomainError("order.not_open", "It is closed.", status=409, errors=errors)))

        assert reply.headers["content-type"] == "application/problem+json"
        assert reply.json == {
            "type": "urn:kasir:problem:order.not_open",
            "title": "Conflict",
            "status": 409,
            "code": "order.not_open",
            "detail": "It is closed.",
            "request_id": "test-request",
            "errors": [
                {"pointer": "/lines/0", "detail": "No."},
                {"pointer": "/lines/1", "detail": "Neither."},
            ],
        }

    @pytest.mark.parametrize(
        ("error", "status", "code"),
        [
            (NotFound("order", "ord_1"), 404, "order.not_found"),
            (StaleVersion(1, 2), 412, "request.stale_version"),
            (Invalid("tax.unknown", "No such tax.", "/tax_ids/0"), 422, "tax.unknown"),
            (Busy(), 503, "request.busy"),
            (ConditionFailed({3: None}), 503, "request.busy"),
            (ClientError({"Error": {"Code": "ThrottlingException"}}, "GetItem"), 503, "request.busy"),
        ],
        ids=lambda value: type(value).__name__ if isinstance(value, Exception) else str(value),
    )
    def test_every_refusal_has_its_status_and_code(self, error: Exception, status: int, code: str) -> None:
        reply = ask(refusing(error))

        assert (reply.status, reply.code, reply.json["title"]) == (status, code, http.HTTPStatus(status).phrase)
        assert reply.headers["x-request-id"] == "test-request"
        assert reply.headers.get("retry-after") == ("1" if status == 503 else None)

    @pytest.mark.parametrize(
        "error",
        [
            RuntimeError("arn:aws:dynamodb:secret"),
            KeyError("secret"),
            ClientError({"Error": {"Code": "AccessDeniedException", "Message": "secret"}}, "PutItem"),
        ],
        ids=lambda error: type(error).__name__,
    )
    def test_what_nobody_expected_is_logged_and_kept_from_the_caller(self, error: Exception) -> None:
        with logged() as log:
            reply = ask(refusing(error))

        assert (reply.status, reply.code) == (500, "internal")
        assert "secret" not in reply.text
        first, last = map(json.loads, log.getvalue().splitlines())
        assert first["exception_name"] == type(error).__name__
        assert "secret" in first["exception"]
        assert (last["status"], last["request_id"]) == (500, "test-request")

    def test_many_bad_fields_are_named_up_to_a_limit(self) -> None:
        reply = ask(done, {"name": "A", **{f"x{n}": n for n in range(60)}})

        assert len(reply.pointers) == 50
        assert reply.json["detail"].endswith("(and 49 more)")

    def test_a_list_is_not_called_too_short_for_a_wrong_item(self) -> None:
        class Order(Input):
            things: Annotated[tuple[Thing, ...], Field(min_length=1)]

        handler: Operation[Order, None] = operation(permission="*", body=Order)(lambda _call: Answer(204, None))

        reply = send(handler, request_event("mer_1", body={"things": [{"name": ""}]}))

        assert reply.pointers == ["/things/0/name"]
        assert send(handler, request_event("mer_1", body={"things": []})).pointers == ["/things"]


class TestReplays:
    @pytest.fixture
    def recorded(self, monkeypatch: pytest.MonkeyPatch) -> list[Record]:
        records: list[Record] = []
        monkeypatch.setattr(idempotency, "find", lambda _merchant, _key: records[0] if records else None)
        return records

    @pytest.mark.parametrize(
        "error", [ConditionFailed({1: None}), NotFound("thing", "x"), StaleVersion(1, 2)], ids=repr
    )
    def test_a_refused_repeat_answers_what_was_answered_first(self, recorded: list[Record], error: Exception) -> None:
        def refuse(call: Call[Thing, Listing]) -> NoReturn:
            recorded.append(Record(call.fingerprint(), 201, b'{"id":"x"}', 1))
            raise error

        reply = ask(refuse, headers={"Idempotency-Key": "k"})

        assert (reply.status, reply.text, reply.headers["etag"]) == (201, '{"id":"x"}', '"1"')
        assert reply.headers["idempotent-replayed"] == "true"

    def test_a_first_request_is_refused_for_its_own_reason(self, recorded: list[Record]) -> None:
        assert ask(refusing(NotFound("thing", "x")), headers={"Idempotency-Key": "k"}).code == "thing.not_found"

    def test_looking_for_the_first_answer_may_be_throttled_too(self, monkeypatch: pytest.MonkeyPatch) -> None:
        throttled = ClientError({"Error": {"Code": "ThrottlingException"}}, "GetItem")

        def find(_merchant_id: str, _key: str) -> NoReturn:
            raise throttled

        monkeypatch.setattr(idempotency, "find", find)

        assert ask(refusing(ConditionFailed({1: None})), headers={"Idempotency-Key": "k"}).code == "request.busy"

    def test_what_is_shown_once_is_not_kept(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("STACK_NAME", "test")

        def secretive(call: Call[Thing, Listing]) -> Answer:
            [write] = call.once(Answer(201, b'{"secret":"s"}', 1, kept=b'{"secret":null}'))
            return Answer(200, dynamo.unpack(dynamo.decode(write["Put"]["Item"])["body"]))

        assert ask(secretive, headers={"Idempotency-Key": "k"}).json == {"secret": None}

    def test_without_a_key_nothing_is_kept(self) -> None:
        assert ask(lambda call: Answer(200, str(call.once(Answer(201, b"{}"))).encode())).text == "[]"


class TestLog:
    def test_a_request_is_one_line_that_says_who_did_what(self) -> None:
        with logged() as log:
            ask(done)

        [line] = map(json.loads, log.getvalue().splitlines())
        said = {name: line[name] for name in ("operation", "request_id", "merchant_id", "actor", "status")}
        assert said == {
            "operation": "test_http",
            "request_id": "test-request",
            "merchant_id": "mer_1",
            "actor": "key_test",
            "status": 200,
        }
        assert line["ms"] >= 0

    def test_nothing_that_was_sent_is_logged(self) -> None:
        with logged() as log:
            headers = {"Authorization": "Bearer kasir_sk_secret", "Idempotency-Key": "secret", "Cookie": "secret"}
            ask(done, {"name": "secret@example.com"}, headers=headers, query={"limit": "1"})
            ask(done, {"name": 5, "secret": "secret"}, headers=headers | {"Idempotency-Key": "x"})
            ask(done, "secret", headers=headers)

        assert len(log.getvalue().splitlines()) == 3
        assert "secret" not in log.getvalue()

    def test_a_call_knows_when_it_came(self, monkeypatch: pytest.MonkeyPatch) -> None:
        before = clock.now()

        came = ask(lambda call: Answer(200, call.now.isoformat().encode())).text

        assert before <= datetime.fromisoformat(came) <= clock.now()


@pytest.mark.parametrize(
    "failure",
    [
        ReadTimeoutError(endpoint_url="https://dynamodb"),
        ClientError(
            {"Error": {"Code": "InternalServerError", "Message": ""}, "ResponseMetadata": {"HTTPStatusCode": 500}},  # type: ignore[typeddict-item]
            "TransactWriteItems",
        ),
    ],
)
def test_when_aws_does_not_answer_the_caller_is_told_to_repeat_under_the_same_key(failure: Exception) -> None:
    reply = ask(refusing(failure))

    assert (reply.status, reply.code) == (503, "request.outcome_unknown")
    assert reply.headers["retry-after"] == "1"
