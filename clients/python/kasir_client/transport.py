"""What all operations share: the key, retries that never do a thing twice, pages, refusals, webhooks' signatures."""

import json
import uuid
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote, urlencode

import standardwebhooks
import urllib3


class Problem(Exception):
    """The API refused a request: branch on `code`, show `detail`; `errors` point to fields (RFC 9457)."""

    def __init__(self, status: int, told: Mapping[str, Any]) -> None:
        self.status = status
        self.code: str = told.get("code", "gateway")  # API Gateway's own refusals have a message only
        self.detail: str = told.get("detail") or told.get("message") or ""
        self.errors: list[dict[str, str]] = told.get("errors", [])
        self.request_id: str | None = told.get("request_id")
        super().__init__(f"{status} {self.code}: {self.detail}")


class Pages[T]:
    """A list: iterating gives every item, page after page; `pages` gives the pages as they are answered."""

    def __init__(self, transport: "Transport", path: str, query: Mapping[str, Any]) -> None:
        self._transport = transport
        self._path = path
        self._query = query

    def __iter__(self) -> Iterator[T]:
        for page in self.pages():
            yield from page["items"]

    def pages(self) -> Iterator[dict[str, Any]]:
        """Each page with its `items`, `next_cursor` and what else the list tells."""
        query = dict(self._query)
        while True:
            page = self._transport.send("GET", self._path, query=query)
            yield page
            if page["next_cursor"] is None:
                return
            query["cursor"] = page["next_cursor"]


class Transport:
    """Sends requests with one key.

    What got no answer, or 429, 502, 503 or 504, is sent again up to `retries` times, when `Retry-After` says or after a
    growing pause. Writes have an Idempotency-Key, made up if none is given, and the repeats of a call carry the same
    one: so nothing is done twice. Give one of your own to repeat a call after a crash.
    """

    def __init__(self, url: str, key: str | None = None, *, retries: int = 5, timeout: float = 30) -> None:
        self._url = url.rstrip("/")
        self._headers = {} if key is None else {"authorization": f"Bearer {key}"}
        repeats = urllib3.Retry(
            total=retries,
            status_forcelist=(429, 502, 503, 504),
            allowed_methods=None,
            backoff_factor=0.2,
            backoff_jitter=0.2,
            raise_on_status=False,
        )
        self._pool = urllib3.PoolManager(retries=repeats, timeout=timeout)

    def send(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        body: Any = None,
        idempotency_key: str | None = None,
        if_match: int | None = None,
        once: bool = False,
        approvals: Sequence[str] = (),
    ) -> Any:
        """What the API answers: JSON, or the bytes of another media type; None for nothing. Raises `Problem`.

        `once` is for what takes an Idempotency-Key; `approvals` are ids that `create_approval` answered.
        """
        headers = dict(self._headers)
        if once:
            headers["idempotency-key"] = idempotency_key or str(uuid.uuid4())
        if if_match is not None:
            headers["if-match"] = f'"{if_match}"'
        if approvals:
            headers["approval"] = ",".join(approvals)
        if body is not None:
            headers["content-type"] = "application/json"
        given = {name: _text(value) for name, value in (query or {}).items() if value is not None}
        answer = self._pool.request(
            method,
            self._url + path + (f"?{urlencode(given)}" if given else ""),
            body=None if body is None else json.dumps(body).encode(),
            headers=headers,
        )
        is_json = "json" in answer.headers.get("content-type", "")
        if answer.status >= 400:
            raise Problem(answer.status, answer.json() if is_json else {})
        return answer.json() if is_json else answer.data or None


def _text(value: Any) -> str:
    """A query parameter as the API reads it: lists are joined by commas."""
    if isinstance(value, list):
        return ",".join(map(str, value))
    return str(value).lower() if isinstance(value, bool) else str(value)


def segment(value: str) -> str:
    """An id as a part of a path."""
    return quote(value, safe="")


def verified(secret: str, headers: Mapping[str, str], body: bytes) -> dict[str, Any]:
    """The event that a webhook brought, if it was signed with this endpoint's secret (`whsec_…`) in the last minutes;
    raises `standardwebhooks.WebhookVerificationError` if not.
    """
    event: dict[str, Any] = standardwebhooks.Webhook(secret).verify(body, dict(headers))
    return event
