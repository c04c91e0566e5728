"""Asking a shop's JSON API: at a gentle pace, repeating what a retry can cure, and saying in words what it cannot."""

import json
import random
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from urllib3.exceptions import HTTPError

from pos import clock, outbound
from pos.outbound import Sending
from sync.connectors.interface import Refused, Unauthorized, Unreachable

_SECONDS = 30
_MOST = 8_000_000
_ATTEMPTS = 3
_LONGEST_WAIT = 8.0
_WORDS = {
    "timeout": "did not answer in time",
    "name_not_found": "cannot be found: its name has no address",
    "address_not_public": "has an address that is not public",
    "connection_refused": "takes no connection",
    "tls": "has no valid certificate",
    "connection_lost": "broke the connection off",
}


class NotThere(Refused):
    """The shop has no such thing (404)."""


class Client:
    """One shop, for one run: `pace` is the least time between two requests, in seconds."""

    def __init__(self, url: str, headers: Mapping[str, str], pace: float = 0.1) -> None:
        self._url = url.rstrip("/")
        self._headers = {"accept": "application/json", "user-agent": "Kasir-Connector/1", **headers}
        self._pace = pace
        self._next = 0.0

    def get(self, path: str, **query: Any) -> Any:
        """What the shop answers; names of parameters as they are there."""
        return self._ask("GET", f"{path}?{urlencode(query)}" if query else path, None)[0]

    def get_page(self, path: str, query: Mapping[str, Any]) -> tuple[Any, Mapping[str, str]]:
        """What the shop answers, with its headers by lower-case names."""
        return self._ask("GET", f"{path}?{urlencode(query)}", None)

    def send(self, method: str, path: str, body: Any) -> Any:
        """Change something there. It may be sent twice, so only what is the same when done twice."""
        return self._ask(method, path, json.dumps(body).encode())[0]

    def _ask(self, method: str, path: str, body: bytes | None) -> tuple[Any, Mapping[str, str]]:
        trouble: Unreachable | None = None
        for attempt in range(_ATTEMPTS):
            try:
                return self._once(method, path, body)
            except Unreachable as error:
                trouble = error
                wait = error.seconds if error.seconds is not None else random.uniform(0.2, 0.5) * 2**attempt
                if attempt == _ATTEMPTS - 1 or wait > _LONGEST_WAIT:
                    break
                time.sleep(wait)
        raise trouble or Unreachable("shop.unreachable", "The shop was not asked.")

    def _once(self, method: str, path: str, body: bytes | None) -> tuple[Any, Mapping[str, str]]:
        time.sleep(max(0.0, self._next - time.monotonic()))
        self._next = time.monotonic() + self._pace
        headers = self._headers | ({"content-type": "application/json"} if body is not None else {})
        sending = Sending(_SECONDS)
        try:
            response = sending.send(method, self._url + path, headers, body)
        except HTTPError as error:
            word = sending.reason(error)
            raise Unreachable(f"shop.{word}", f"The shop {_WORDS.get(word, word)}.") from error
        raw = sending.read(response, _MOST)
        _check(response.status, raw, response.headers.get("retry-after"))
        if len(raw) > _MOST:
            raise Refused("shop.too_much", "The shop answered more than Kasir takes at once.")
        try:
            answer = json.loads(raw) if raw else None
        except ValueError:
            raise Unreachable(
                "shop.not_json", "The shop answered something that is no JSON: is the URL right?"
            ) from None
        return answer, {name.lower(): value for name, value in response.headers.items()}


def _check(status: int, raw: bytes, retry_after: str | None) -> None:
    if 200 <= status < 300:
        return
    said = _said(raw)
    if status in (401, 403):
        raise Unauthorized(
            f"The shop does not let Kasir in ({status}): is the key right, and does it still hold? {said}"
        )
    if status == 404:
        raise NotThere("shop.not_found", f"The shop does not have it. {said}".strip())
    seconds = outbound.retry_after(retry_after, clock.now())
    if status == 429:
        raise Unreachable("shop.busy", "The shop asks Kasir to wait (429).", 1.0 if seconds is None else seconds)
    if status >= 500:
        raise Unreachable("shop.broken", f"The shop has trouble of its own ({status}). {said}".strip(), seconds)
    raise Refused("shop.refused", f"The shop refused it ({status}). {said}".strip())


def _said(raw: bytes) -> str:
    """The shop's own words, if it has some."""
    try:
        told = json.loads(raw)
    except ValueError:
        return ""
    message = told.get("message") if isinstance(told, dict) else None
    return str(message)[:200] if message else ""
