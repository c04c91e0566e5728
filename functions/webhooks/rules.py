"""Rules of webhooks, without I/O: places in the feed, which events an endpoint wants, signatures, delays."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from webhooks import filters
from webhooks.breaker import Health
from webhooks.models import DeliveryStatus, Endpoint

MAX_DELAY = 900
"""The longest that SQS delays a message, in seconds."""

MAX_SENT = 20 * 1024
"""The longest body that is sent whole, in bytes: receivers need not be made for more (Standard Webhooks says 20 KB)."""

_RETRY_DELAYS = (5, 30, 120, 600, 900, 3600, 7200, 14_400, 28_800, 43_200, 72_000, 86_400)
_JITTER = 0.2
_MAX_RETRY_AFTER = 3600


@dataclass(frozen=True, order=True, slots=True)
class Position:
    """A place in a merchant's feed, in the feed's order: a page (1, 2, 3 …) and an event on it (0, 1, 2 …)."""

    page: int
    index: int

    @classmethod
    def parse(cls, text: str) -> "Position":
        """The position in a text such as `17.4`. Raises ValueError for any other text."""
        page, dot, index = text.partition(".")
        if not (dot and text.isascii() and page.isdecimal() and index.isdecimal() and len(text) <= 20):
            raise ValueError(f"not a position: {text!r}")
        return cls(int(page), int(index))

    def __str__(self) -> str:
        return f"{self.page}.{self.index}"


START = Position(0, 0)
"""Before the first event: there is no page 0."""


def wants(patterns: Iterable[str], event_type: str) -> bool:
    """Whether a subscription to these patterns covers this type."""
    return not {event_type, event_type.split(".")[0] + ".*", "*"}.isdisjoint(patterns)


def chooses(endpoint: Endpoint, event_type: str, data: Mapping[str, Any]) -> bool:
    """Whether the endpoint, as this version of it says, wants an event of this type with this `data`."""
    if not wants(endpoint.event_types, event_type):
        return False
    places = locations(event_type, data)
    if endpoint.location_ids and places and places.isdisjoint(endpoint.location_ids):
        return False
    return endpoint.filter is None or filters.passes(endpoint.filter, data)


def looks_inside(endpoint: Endpoint) -> bool:
    """Whether events must be read for this endpoint to know if it wants them: their types alone do not tell."""
    return bool(endpoint.location_ids) or endpoint.filter is not None


def locations(event_type: str, data: Mapping[str, Any]) -> set[str]:
    """The locations that an event is about; none for what belongs to the whole merchant."""
    named = {data.get(field) for field in ("location_id", "from_location_id", "to_location_id")}
    if event_type.startswith("location."):
        named.add(data.get("id"))
    return {location for location in named if location}


def chooses_anew(endpoint: Endpoint, changes: Mapping[str, Any]) -> bool:
    """Whether these changes make the endpoint want other events than before."""
    choosing = ("event_types", "location_ids", "filter", "enabled")
    return any(name in changes and changes[name] != getattr(endpoint, name) for name in choosing)


def version_for(versions: Iterable[Endpoint], position: Position) -> Endpoint | None:
    """Which of an endpoint's versions, given from the newest on, counts for the event at this place in the feed: the
    newest that was there before it. None if none was.
    """
    return next((version for version in versions if Position.parse(version.since) < position), None)


def first_status(version: Endpoint, endpoint: Endpoint, health: Health) -> DeliveryStatus | None:
    """The status of a new delivery that this version of an endpoint chose; None if there is to be none.

    What the merchant had disabled gets nothing. What is suspended, or not sent to for now, keeps its deliveries.
    """
    if not version.enabled and version.suspended_at is None:
        return None
    return "pending" if endpoint.enabled and not health.parks else "parked"


def digest(ids: Iterable[str]) -> str:
    """What proves a set of events to be complete: the sum of each id's SHA-256 modulo 2^256, as 64 hexadecimal digits.

    A sum needs no order, parts of it add up, and an event that is counted twice shows. It guards against loss, not
    against who invents events: signatures do that. Only ids are in it, for they stay when a customer is erased.
    """
    total = sum(int.from_bytes(hashlib.sha256(one.encode()).digest()) for one in ids)
    return f"{total % 2**256:064x}"


# --- what is sent ----------------------------------------------------------------------------------------------------


def sent(event_id: str, body: bytes) -> bytes:
    """What a webhook carries of an event: its body, or, if that is long, the body with a path in the place of `data`.

    A path and no URL, so that nobody who forges a webhook can have a receiver send its API key elsewhere.
    """
    if len(body) <= MAX_SENT:
        return body
    head = body.partition(b',"data":')[0]
    return head + b',"data":null,"data_url":"/v1/events/' + event_id.encode() + b'"}'


# --- retries ---------------------------------------------------------------------------------------------------------


def retry_delay(attempt: int, random: float, retry_after: float | None = None) -> float | None:
    """Seconds to wait after the failed attempt number `attempt` (1, 2, 3 …); None if it was the last.

    13 attempts in 3 days, each delay spread by a fifth either way (`random` is from 0 to 1), and not before the
    receiver's own wish, as far as that is an hour or less.
    """
    if attempt > len(_RETRY_DELAYS):
        return None
    spread = 1 + _JITTER * (2 * random - 1)
    return max(_RETRY_DELAYS[attempt - 1] * spread, min(retry_after or 0, _MAX_RETRY_AFTER))
