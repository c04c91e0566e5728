"""The HTTP API as a client sees it: JSON in and out over kept-alive connections, refusals as exceptions."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlencode
from uuid import uuid4

import urllib3

type Json = dict[str, Any]

_RETRY = urllib3.Retry(
    total=8,
    status_forcelist=(429, 502, 503, 504),
    allowed_methods=None,  # also POST: every write carries an Idempotency-Key, so a repeat does nothing twice
    backoff_factor=0.1,
    raise_on_status=False,
)
_TIMEOUT = urllib3.Timeout(connect=5, read=40)


class NoStack(Exception):
    """No stack is deployed, as far as its file tells."""


class ApiError(Exception):
    """The API refused a request; `code` is the problem's stable code, `status` that of HTTP."""

    def __init__(self, request: str, status: int, problem: Json) -> None:
        detail = problem.get("detail") or problem.get("message")  # API Gateway itself answers with a message only
        super().__init__(f"{request}: {status} {problem.get('code')}: {detail}")
        self.status = status
        self.code: str | None = problem.get("code")


@dataclass(frozen=True, slots=True)
class Answer:
    """A body, and whether it is the answer to an earlier request with the same Idempotency-Key."""

    body: Json
    replayed: bool


class Api:
    """One merchant's view of the API. Safe to share between threads."""

    def __init__(self, url: str, key: str, *, connections: int = 1) -> None:
        """`url` is the API's without `/v1`; `connections` is how many are kept open."""
        parsed = urllib3.util.parse_url(url)
        headers = {"authorization": f"Bearer {key}", "content-type": "application/json"}
        if parsed.host is not None and parsed.host.endswith(".localhost"):
            # RFC 6761 6.3 has every such name mean loopback, but not every resolver knows.
            headers["host"] = parsed.netloc or ""
            parsed = parsed._replace(host="127.0.0.1")
        self._url = parsed.url.rstrip("/")
        # Threads beyond `connections` wait for a free one.
        self._pool = urllib3.PoolManager(
            maxsize=connections, block=True, headers=headers, retries=_RETRY, timeout=_TIMEOUT
        )

    @classmethod
    def from_stack(cls, stack: Path, *, connections: int = 1) -> Self:
        """The API of a deployed stack, from the file that `make up` writes. Raises NoStack where there is none."""
        if not stack.is_file():
            raise NoStack(f"there is no {stack}: `make up` writes it")
        settings = json.loads(stack.read_text())
        return cls(settings["api_url"], settings["api_key"], connections=connections)

    def close(self) -> None:
        """Close the connections."""
        self._pool.clear()

    def get(self, path: str, **query: str) -> Json:
        """Read a resource. Raises ApiError."""
        return self._request("GET", f"{path}?{urlencode(query)}" if query else path).body

    def pages(self, path: str, **query: str) -> Iterator[Json]:
        """Every item of a list, page after page. Raises ApiError."""
        cursor = None
        while True:
            page = self.get(path, **query, **({"cursor": cursor} if cursor else {}))
            yield from page["items"]
            cursor = page["next_cursor"]
            if cursor is None:
                return

    def post(self, path: str, body: Json, *, key: str | None = None) -> Answer:
        """Write, under this Idempotency-Key or a fresh one. Raises ApiError."""
        return self._request("POST", path, body, {"idempotency-key": key or str(uuid4())})

    def delete(self, path: str) -> None:
        """Delete a resource. Raises ApiError."""
        self._request("DELETE", path)

    def _request(self, method: str, path: str, body: Json | None = None, headers: Mapping[str, str] = {}) -> Answer:
        response = self._pool.request(
            method,
            self._url + path,
            body=None if body is None else json.dumps(body).encode(),
            headers={**self._pool.headers, **headers},
        )
        is_json = response.data and "json" in response.headers.get("content-type", "")
        content = response.json() if is_json else {}
        if response.status >= 400:
            raise ApiError(f"{method} {path}", response.status, content)
        return Answer(content, response.headers.get("idempotent-replayed") == "true")
