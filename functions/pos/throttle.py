"""How many requests a second one caller may make of one operation in one worker, counted in the worker's memory.

That costs no read and no write. Lambda gives a worker one request at a time, so a caller's loop always meets the same
count; a caller with several requests at a time is answered by as many workers, each with a count of its own.
docs/api.md has the limits of this.
"""

import math
import os

from pos import clock
from pos.errors import DomainError

_BURST_SECONDS = 10  # a till that was offline sends what it has
_KEPT = 2_000  # callers; who is longer idle than the burst lasts need not be remembered

_due: dict[str, float] = {}


class TooManyRequests(DomainError):
    """The caller has used up what it may ask for; `wait` is in seconds."""

    def __init__(self, wait: float) -> None:
        detail = "This key sends too many requests. Nothing was done; go on when Retry-After says."
        super().__init__("request.too_many", detail, status=429, retry_after=math.ceil(wait))


def admit(caller: str) -> None:
    """Count a request of this caller. Raises `TooManyRequests` beyond `REQUESTS_PER_SECOND_PER_KEY` (0: no limit), of
    which ten seconds' worth may come at once.
    """
    rate = int(os.environ.get("REQUESTS_PER_SECOND_PER_KEY", "0"))
    if rate == 0:
        return
    now = clock.now().timestamp()
    due, wait = after(_due.get(caller, now), now, rate, rate * _BURST_SECONDS)
    if wait > 0:
        raise TooManyRequests(wait)
    if len(_due) >= _KEPT:
        idle = [one for one, until in _due.items() if until <= now]
        for one in idle or list(_due)[: _KEPT // 2]:
            del _due[one]
    _due[caller] = due


def after(due: float, now: float, rate: int, burst: int) -> tuple[float, float]:
    """When the caller's requests up to this one would be due, had they come evenly; and how long this one has to wait,
    which is 0 if it is admitted (the generic cell rate algorithm: a token bucket that keeps one number).
    """
    wait = due - (burst - 0.5) / rate - now  # half a request of leeway, for moments are rounded
    return (due, wait) if wait > 0 else (max(due, now) + 1 / rate, 0)
