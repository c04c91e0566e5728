"""One operation of the API: validate, authorise, run, answer.

A handler module holds one function under `@operation(...)`, which turns API Gateway's event (payload format 2.0) into a
typed `Call` and what the function returns or raises into an HTTP answer: RFC 9457 problem details for every refusal.
"""

import base64
import gc
import http
import json
import re
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Any

import botocore.exceptions
from pydantic import BaseModel, ValidationError

from pos import clock, dynamo, idempotency, log, metrics, outbox, throttle
from pos.auth import NOBODY, Caller
from pos.errors import ApprovalRequired, DomainError, FieldError, StaleVersion
from pos.log import logger
from pos.model import Output

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef
    from pydantic_core import ErrorDetails

MAX_BODY = 1_000_000
MAX_LISTING = 3_500_000
"""Bytes of a list's items: Lambda answers at most 6 MB, and JSON in a JSON string grows."""
SIGNED_BY = ("webhook-id", "webhook-timestamp", "webhook-signature")
"""The headers of Standard Webhooks."""
_LONGEST_ID = 100  # DynamoDB has a limit for keys, and would answer a longer one with an error
_LONGEST_VERSION = 10  # digits
_MOST_APPROVALS = 4
_APPROVAL_ID = re.compile(r"apv_[0-9A-Za-z]{4,64}")
_JSON = "application/json"
_PROBLEM = "application/problem+json"
_NOTHING: Mapping[str, type | UnionType] = {}
_TEXTUAL = ("application/json", "text/")  # other media are bytes, which API Gateway takes in base64


@dataclass(frozen=True, slots=True)
class Answer:
    """What an operation answers: a status, the body (None for 204) and the entity's version, sent as the ETag.

    `kept` is what a repeated request gets instead of `body`, for answers that show a secret only once. `entity_id`
    names an entity whose events of this version carry the body: it is not kept a second time then, and what is erased
    there is erased for repeats too. A body that is not JSON names its `media_type` and `headers` of its own; a repeat
    would answer it as JSON, so only reads have such.
    """

    status: int
    body: bytes | None
    version: int | None = None
    kept: bytes | None = None
    entity_id: str | None = None
    replayed: bool = False
    media_type: str = _JSON
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Call[B, Q]:
    """A request that has passed validation and authorisation. `approvals` are the ids of those that it brings for what
    the caller may not do (`staff.store.consent`). Of what is `signed`, `raw` is the body as it came and `signature` the
    headers that prove it.
    """

    operation: str
    caller: Caller
    body: B
    query: Q
    path: Mapping[str, str]
    if_match: int | None
    idempotency_key: str | None
    request_id: str
    now: datetime = field(default_factory=clock.now)
    approvals: Sequence[str] = ()
    raw: bytes = b""
    signature: Mapping[str, str] = field(default_factory=dict)

    @property
    def merchant_id(self) -> str:
        """The merchant whose data this call may touch."""
        return self.caller.merchant_id

    def once(self, answer: Answer) -> "list[TransactWriteItemTypeDef]":
        """What the operation's transaction must also write, so that the same Idempotency-Key never does it twice."""
        if self.idempotency_key is None:
            return []
        kept = answer.kept if answer.kept is not None else answer.body
        if answer.entity_id is not None:
            kept = None
        record = idempotency.Record(self.fingerprint(), answer.status, kept, answer.version, answer.entity_id)
        return [idempotency.write(self.merchant_id, self.idempotency_key, record, self.now)]

    def fingerprint(self) -> str:
        """What makes two requests the same: the operation, its path, and the body's meaning (not its spelling).

        Of a change, what it leaves out stays, so that is not the same as naming the default.
        """
        body = self.body.model_dump(mode="json", exclude_unset=True) if isinstance(self.body, BaseModel) else None
        return idempotency.fingerprint(self.operation, json.dumps([dict(self.path), body], sort_keys=True))

    def expect(self, current: int) -> None:
        """Refuse (412) if the caller sent an `If-Match` that is not the current version."""
        if self.if_match is not None and self.if_match != current:
            raise StaleVersion(self.if_match, current)


class FieldProblem(Output):
    """One thing wrong with a request: a JSON pointer into the body, or a query parameter's name behind `?`."""

    pointer: str
    detail: str


class ApprovalNeeded(Output):
    """What `POST /v1/approvals` has to be asked for, by a refusal with the code `approval.required`."""

    permission: str
    entity_id: str
    amount: int


class Problem(Output):
    """A refusal, as RFC 9457 has it. `code` is stable, `detail` is for a person, `request_id` finds it in the logs."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    request_id: str
    errors: tuple[FieldProblem, ...] = ()
    approval: ApprovalNeeded | None = None


class OutcomeUnknown(DomainError):
    """AWS did not answer, even after retries: the change may have been made or not."""

    def __init__(self) -> None:
        detail = (
            "It is not known whether this was done. Repeat the request with the same Idempotency-Key: it happens once."
        )
        super().__init__("request.outcome_unknown", detail, status=503)


class Operation[B, Q]:
    """A Lambda handler for one route; its attributes are what the API's description is made from."""

    def __init__(
        self,
        run: Callable[[Call[B, Q]], Answer],
        permission: str | None,
        body: type[B],
        query: type[Q],
        answer: type[BaseModel] | None,
        status: int,
        media: Sequence[str],
        beside: Mapping[str, type | UnionType],
        repeatable: bool,
        approvable: Sequence[str],
        largest_body: int,
        signed: bool,
    ) -> None:
        self.run = run
        self.name = run.__module__.rsplit(".", 1)[-1]
        self.permission = permission
        self.body = body
        self.query = query
        self.answer = answer
        self.status = status
        self.media = media
        self.beside = beside
        self.repeatable = repeatable
        self.approvable = approvable
        self.largest_body = largest_body
        self.signed = signed
        self.__doc__ = run.__doc__

    def __call__(self, event: dict[str, Any], _context: object) -> dict[str, Any]:
        """Answer one API Gateway request."""
        started = time.perf_counter()
        request_id = event["requestContext"]["requestId"]
        line: dict[str, Any] = {"operation": self.name, "request_id": request_id}
        try:
            answer = self._answer(event, request_id, line)
            response = _response(answer, request_id)
        except DomainError as error:
            line |= {"code": error.code}
            response = problem(error, request_id)
        except Exception:  # noqa: BLE001 - whatever went wrong, the caller gets a problem and the log the cause
            logger.exception("unexpected error", extra=line)
            response = problem(_internal(), request_id)
        line |= {"status": response["statusCode"], "ms": round((time.perf_counter() - started) * 1000, 1)}
        _count(response)
        log.summary("request", **line)
        return response

    def _answer(self, event: dict[str, Any], request_id: str, line: dict[str, Any]) -> Answer:
        caller = NOBODY if self.permission is None else self._admitted(event, self.permission, line)
        headers = event.get("headers") or {}
        call = Call(
            operation=self.name,
            caller=caller,
            body=self._body(event),
            query=self._query(event),
            path=_path(event.get("pathParameters") or {}),
            if_match=_if_match(headers.get("if-match")),
            idempotency_key=(
                None if self.repeatable or _reads(event) else idempotency.valid_key(headers.get("idempotency-key"))
            ),
            request_id=request_id,
            approvals=_approvals(headers.get("approval")) if self.approvable else (),
            raw=self._data(event) if self.signed else b"",
            signature={name: headers.get(name, "") for name in SIGNED_BY} if self.signed else {},
        )
        try:
            return self._run_or_replay(call)
        except botocore.exceptions.ClientError as error:
            if error.response["Error"]["Code"] in dynamo.THROTTLES:
                raise dynamo.Busy from error
            if error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0) >= 500:
                raise OutcomeUnknown from error
            raise
        except botocore.exceptions.HTTPClientError as error:
            raise OutcomeUnknown from error

    def _admitted(self, event: dict[str, Any], permission: str, line: dict[str, Any]) -> Caller:
        """The caller, who may do this, alone or with an approval, and does not ask too often."""
        caller = Caller.from_event(event)
        line |= {"merchant_id": caller.merchant_id, "actor": caller.actor}
        try:
            throttle.admit(f"{caller.merchant_id} {caller.actor}")
        except throttle.TooManyRequests:
            metrics.add("throttled", 1)
            raise
        if not (permission in self.approvable and caller.may_ask):
            caller.require(permission)
        return caller

    def _run_or_replay(self, call: Call[B, Q]) -> Answer:
        try:
            return self.run(call)
        except (DomainError, dynamo.ConditionFailed) as error:
            return _replay(call, error)

    def _body(self, event: dict[str, Any]) -> B:
        if not issubclass(self.body, BaseModel):
            return None  # type: ignore[return-value]
        data = self._data(event)
        if len(data) > self.largest_body:
            detail = f"The body has {len(data)} bytes; the limit is {self.largest_body}."
            raise DomainError("request.too_large", detail, status=413)
        try:
            return self.body.model_validate_json(data)
        except ValidationError as error:
            raise refusal(error, "") from None

    def _data(self, event: dict[str, Any]) -> bytes:
        raw = event.get("body") or ""
        return base64.b64decode(raw) if event.get("isBase64Encoded") else raw.encode()

    def _query(self, event: dict[str, Any]) -> Q:
        if not issubclass(self.query, BaseModel):
            return None  # type: ignore[return-value]
        try:
            return self.query.model_validate(event.get("queryStringParameters") or {})
        except ValidationError as error:
            raise refusal(error, "?") from None


def operation[B, Q](
    *,
    permission: str | None,
    body: type[B] = NoneType,  # type: ignore[assignment]
    query: type[Q] = NoneType,  # type: ignore[assignment]
    answer: type[BaseModel] | None = None,
    status: int = 200,
    media: Sequence[str] = (_JSON,),
    beside: Mapping[str, type | UnionType] = _NOTHING,
    repeatable: bool = False,
    approvable: Sequence[str] = (),
    largest_body: int = MAX_BODY,
    signed: bool = False,
) -> Callable[[Callable[[Call[B, Q]], Answer]], Operation[B, Q]]:
    """Declare a handler: the permission that it needs (None: it needs no key, and has no caller), the models of its
    body, query and answer, its usual status, and the media types that it can answer in. The answer of a `list_…` is a
    page of what `answer` says, with these fields `beside` the items. What is `repeatable` may be sent again without
    harm, as a GET: it keeps no record of an Idempotency-Key, and looks at none. `approvable` are the permissions that
    an approval may stand in for: if that is the operation's own, it also runs for a caller without it who may ask for
    approvals, and has to check that by `staff.store.consent`. `largest_body` is in bytes; Lambda takes no more than
    6 MB. What is `signed`, after Standard Webhooks, proves itself by its headers: they come with the raw body.
    """

    def decorate(run: Callable[[Call[B, Q]], Answer]) -> Operation[B, Q]:
        handler = Operation(
            run, permission, body, query, answer, status, media, beside, repeatable, approvable, largest_body, signed
        )
        gc.freeze()  # what is imported by now lives as long as the process: the collector need not walk it
        return handler

    return decorate


def _count(response: Mapping[str, Any]) -> None:
    if response["statusCode"] >= 400:
        metrics.add("client_errors" if response["statusCode"] < 500 else "server_errors", 1)
    elif "idempotent-replayed" in response["headers"]:
        metrics.add("idempotent_replays", 1)


def listing(items: list[bytes], next_cursor: str | None, **more: str | int | None) -> Answer:
    """The body of every list: JSON documents as stored, and the cursor that continues them (null at the end)."""
    tail = json.dumps({"next_cursor": next_cursor, **more}, separators=(",", ":")).encode()[1:]
    return Answer(200, b'{"items":[' + b",".join(items) + b"]," + tail)


def paged(page: dynamo.Page, documents: Iterable[bytes]) -> Answer:
    """The documents of a page's items as a list: as many as one answer can hold, and at least one; the cursor goes on
    behind them.
    """
    shown: list[bytes] = []
    size = 0
    for position, document in enumerate(documents):
        size += len(document)
        if shown and size > MAX_LISTING:
            return listing(shown, page.cursor_after(position - 1))
        shown.append(document)
    return listing(shown, page.next_cursor)


def _replay(call: Call[Any, Any], error: DomainError | dynamo.ConditionFailed) -> Answer:
    """A refused request may be the repeat of one that succeeded: if its key is on record, answer what was answered
    then.
    """
    if call.idempotency_key is not None:
        record = idempotency.find(call.merchant_id, call.idempotency_key)
        if record is not None:
            idempotency.check(record, call.fingerprint())
            body = record.body
            if record.entity_id is not None and record.version is not None:
                body = outbox.data_of(call.merchant_id, record.entity_id, record.version)
            return Answer(record.status, body, record.version, replayed=True)
    if isinstance(error, dynamo.ConditionFailed):
        raise dynamo.Busy from error
    raise error


def _path(parameters: Mapping[str, str]) -> Mapping[str, str]:
    for value in parameters.values():
        if len(value) > _LONGEST_ID:
            raise DomainError("request.not_found", "The path names an id that is longer than any.", status=404)
    return parameters


def _reads(event: dict[str, Any]) -> bool:
    return bool(event["requestContext"].get("http", {}).get("method") == "GET")


def _if_match(header: str | None) -> int | None:
    if header is None or header.strip() == "*":
        return None
    text = header.strip().removeprefix("W/").strip('"')
    if not text.isdecimal() or len(text) > _LONGEST_VERSION:
        raise DomainError("request.invalid_if_match", 'If-Match takes a version, such as "3".', status=400)
    return int(text)


def _approvals(header: str | None) -> Sequence[str]:
    if header is None:
        return ()
    ids = [id.strip() for id in header.split(",")]
    if len(ids) > _MOST_APPROVALS or not all(_APPROVAL_ID.fullmatch(id) for id in ids):
        detail = f"Approval takes the ids of at most {_MOST_APPROVALS} approvals, with commas."
        raise DomainError("request.invalid_approval", detail, status=400)
    return ids


def refusal(error: ValidationError, prefix: str = "") -> DomainError:
    """What pydantic found wrong, as a refusal that points to each field (with `prefix` `?`, to query parameters)."""
    problems = error.errors(include_url=False, include_input=False, include_context=False)
    if any(problem["type"] == "json_invalid" for problem in problems):
        detail = problems[0]["msg"].replace("Invalid JSON", "The body is not JSON")
        return DomainError("request.malformed_json", f"{detail}.", status=400)
    errors = tuple(
        FieldError(_pointer(problem["loc"], prefix), problem["msg"].removeprefix("Value error, "))
        for problem in problems
        if not _follows(problem, problems)
    )[:50]
    detail = f"{errors[0].pointer or 'body'}: {errors[0].detail}" + (
        f" (and {len(errors) - 1} more)" if errors[1:] else ""
    )
    return DomainError("request.invalid", detail, status=422, errors=errors)


def _follows(problem: "ErrorDetails", problems: "Sequence[ErrorDetails]") -> bool:
    """Whether a list only seems too short, since pydantic does not count the items in which it found something."""
    depth = len(problem["loc"])
    return problem["type"] == "too_short" and any(
        len(other["loc"]) > depth and other["loc"][:depth] == problem["loc"] for other in problems
    )


def _pointer(location: tuple[int | str, ...], prefix: str) -> str:
    if prefix == "?":
        return "?" + ".".join(map(str, location))
    named = location[:-1] if location[-1:] == ("[key]",) else location  # pydantic's mark for an object's wrong name
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in named)


def _internal() -> DomainError:
    return DomainError("internal", "Something went wrong on our side; the request id finds it in the logs.", status=500)


def problem(error: DomainError, request_id: str) -> dict[str, Any]:
    """API Gateway's answer that refuses a request."""
    told = Problem(
        type=f"urn:kasir:problem:{error.code}",
        title=http.HTTPStatus(error.status).phrase,
        status=error.status,
        code=error.code,
        detail=error.detail,
        request_id=request_id,
        errors=tuple(FieldProblem(pointer=one.pointer, detail=one.detail) for one in error.errors),
        approval=ApprovalNeeded(**asdict(error.needed)) if isinstance(error, ApprovalRequired) else None,
    )
    headers = _headers(request_id) | {"content-type": _PROBLEM}
    if error.status == 401:
        headers["www-authenticate"] = "Bearer"
    if error.status in (429, 503):
        headers["retry-after"] = str(error.retry_after)
    return {"statusCode": error.status, "headers": headers, "body": told.model_dump_json(exclude_defaults=True)}


def _response(answer: Answer, request_id: str) -> dict[str, Any]:
    headers = _headers(request_id) | dict(answer.headers)
    if answer.version is not None:
        headers["etag"] = f'"{answer.version}"'
    if answer.replayed:
        headers["idempotent-replayed"] = "true"
    if answer.body is None:
        return {"statusCode": answer.status, "headers": headers}
    response = {"statusCode": answer.status, "headers": headers | {"content-type": answer.media_type}}
    if answer.media_type.startswith(_TEXTUAL):
        return response | {"body": answer.body.decode()}
    return response | {"body": base64.b64encode(answer.body).decode(), "isBase64Encoded": True}


def _headers(request_id: str) -> dict[str, str]:
    return {"x-request-id": request_id, "cache-control": "no-store"}
