"""Posting webhooks to receivers that nobody vouches for (pos/outbound.py), and what they answered."""

import time
from collections.abc import Mapping
from dataclasses import dataclass

from urllib3.exceptions import HTTPError

from pos import outbound
from pos.outbound import Sending

TOTAL_SECONDS = 15
_MAX_ANSWER = 64 * 1024
_MAX_EXCERPT = 1024


@dataclass(frozen=True, slots=True)
class Reply:
    """What a receiver answered (its status, and the first kilobyte as text), or why there is no answer."""

    latency_ms: int
    status_code: int | None = None
    error: str | None = None
    excerpt: str | None = None
    retry_after: str | None = None


class Post(Sending):
    """One webhook's POST."""

    def __init__(self) -> None:
        super().__init__(TOTAL_SECONDS)

    def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Reply:
        """Post `body`. Never raises for what a receiver, its name server or the network does."""
        started = time.monotonic()
        try:
            response = self.send("POST", url, headers, body)
        except HTTPError as error:
            return Reply(_ms_since(started), error=self.reason(error))
        latency = _ms_since(started)
        # The status has told all that matters: trouble from here on changes nothing.
        excerpt = self.read(response, _MAX_ANSWER)[:_MAX_EXCERPT].decode(errors="replace") or None
        return Reply(latency, response.status, None, excerpt, response.headers.get("retry-after"))


def check_url(url: str) -> None:
    """Refuse (422) a URL that webhooks must not go to, judged by its text."""
    outbound.check_url(url, "endpoint.url_invalid", "/url")


def _ms_since(started: float) -> int:
    return round((time.monotonic() - started) * 1000)
