"""Every five minutes: holds what was written against the feed, and the feed against the deliveries (docs/webhooks.md).

The stream and the queue only make things quick. Whatever they lost is found here, at three ages, and brought back.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from pos import clock, dynamo, log, metrics, outbox
from pos.log import logger
from webhooks import canary, choosing, fan_out, store
from webhooks.breaker import Health
from webhooks.models import Endpoint
from webhooks.rules import Position
from webhooks.store import FeedPage, Planned, Progress, Written

AGES = {"minutes": timedelta(minutes=5), "hour": timedelta(hours=1), "day": timedelta(hours=24)}
"""How long after its end a slot is looked at, each time."""

_STUCK_AFTER = timedelta(minutes=5)
_PAGES_AT_ONCE = 20
_MS_TO_END = 30_000


def handler(_event: object, context: Any) -> None:
    """Look through the slots that came of age since the last time.

    Each age has its own checkpoint, so a sweep that dies, or that has more to do than time, goes on where it was; doing
    a slot again is harmless. Raises what it could not do, for that slot to be looked at again.
    """
    now = clock.now()
    found: Counter[str] = Counter({"unaccounted": 0})
    failures: list[Exception] = []
    for age in AGES:
        _sweep(age, now, context, found, failures)
    canary.sing(now)
    metrics.add("unaccounted", found["unaccounted"])
    metrics.add("canaries", found["canaries"])
    metrics.add("sweeps", 0 if failures else 1)
    log.summary("deliveries swept", **found, failed=len(failures))
    if failures:
        raise ExceptionGroup("not all was swept", failures)


def _sweep(age: str, now: datetime, context: Any, found: Counter[str], failures: list[Exception]) -> None:
    end = int((now - AGES[age]).timestamp()) // outbox.SLOT_SECONDS * outbox.SLOT_SHARDS
    kept = store.swept_to(age)
    reached = end - outbox.SLOT_SHARDS if kept is None else kept
    whole = True
    for slot in range(reached, end):
        if context.get_remaining_time_in_millis() < _MS_TO_END:
            logger.warning("the sweep goes on at the next turn", extra={"age": age, "slots": end - slot})
            break
        failed = _sweep_slot(slot, now, found)
        failures += failed
        whole = whole and not failed
        reached = slot + 1 if whole else reached
    if reached != kept:
        store.keep_swept_to(age, reached, now)


def _sweep_slot(slot: int, now: datetime, found: Counter[str]) -> list[Exception]:
    """Look through a slot; what could not be done there. One merchant's trouble does not hold up the others."""
    failures: list[Exception] = []
    for merchant_id, written in store.written_in(str(slot)).items():
        try:
            for change in _of_merchant(merchant_id, written, now):
                found[change] += 1
                found["canaries" if merchant_id == canary.MERCHANT else "unaccounted"] += 1
        except Exception as error:  # noqa: BLE001 - raised at the end, after what the others need
            logger.exception("merchant not swept", extra={"merchant_id": merchant_id, "slot": slot})
            failures.append(error)
    return failures


def _of_merchant(merchant_id: str, written: Written, now: datetime) -> Iterator[str]:
    """Bring back what a merchant lacks of what it wrote; what each thing was."""
    pages = store.read_pages(merchant_id, written.pages)
    placed = Counter((ref.entity_id, ref.version) for page in pages for ref in page.refs)
    # What is on none of these pages has most likely its place on one that was written in the next slot, or by a sweep
    # that came no further.
    missing = [key for key, events in written.changes.items() if placed[key] < events]
    refs, elsewhere = store.whereabouts(merchant_id, missing, now) if missing else ([], [])
    if refs:
        tell = logger.info if merchant_id == canary.MERCHANT else logger.error
        tell("events without a place", extra={"merchant_id": merchant_id, "events": [ref.id for ref in refs]})
        fan_out.publish(merchant_id, refs)
        yield from ("unplaced" for _ in refs)
    endpoints = store.all_endpoints(merchant_id) if pages or elsewhere else []
    if not endpoints:
        return
    for start in range(0, len(pages), _PAGES_AT_ONCE):
        yield from _of_pages(merchant_id, pages[start : start + _PAGES_AT_ONCE], endpoints, now, _STUCK_AFTER)
    for page in store.read_pages(merchant_id, [one for one in elsewhere if one not in written.pages]):
        # The events are old, their deliveries may be as new as a sweep that died before it sent messages for them.
        yield from _of_pages(merchant_id, [page], endpoints, now, timedelta(0))


def _of_pages(
    merchant_id: str,
    pages: list[FeedPage],
    endpoints: list[tuple[Endpoint, Health]],
    now: datetime,
    patience: timedelta,
) -> Iterator[str]:
    """Merge the deliveries that there have to be with those that there are; one that waits for longer than `patience`
    for its first attempt is stuck.
    """
    places = {ref: Position(page.number, index) for page in pages for index, ref in enumerate(page.refs)}
    planned: dict[str, list[Planned]] = {}
    for one in choosing.deliveries(merchant_id, endpoints, places):
        planned.setdefault(one.key.endpoint_id, []).append(one)
    health = {endpoint.id: health for endpoint, health in endpoints}
    for endpoint_id, wanted in planned.items():
        there = store.progress_between(merchant_id, endpoint_id, pages[0].number, pages[-1].number)
        yield from _of_endpoint(wanted, there, health[endpoint_id], now, patience)


def _of_endpoint(
    wanted: Iterable[Planned], there: Mapping[Position, Progress], health: Health, now: datetime, patience: timedelta
) -> Iterator[str]:
    visited = health.visit_at is not None
    for one in wanted:
        progress = there.get(one.key.position)
        if progress is None:
            if store.add_missing_delivery(one, now, indexed=True):
                logger.error("missing delivery", extra={"event_id": one.ref.id, "endpoint_id": one.key.endpoint_id})
                yield "missing"
        elif _is_stuck(progress, now, patience):
            # The index has it sent, and brings it back until something comes of it.
            if store.bring_back(progress, now):
                yield "stuck"
        elif progress.status == "parked" and not visited:
            dynamo.transact([store.visit(one.key.merchant_id, one.key.endpoint_id, now)])
            visited = True
            yield "stranded"


def _is_stuck(progress: Progress, now: datetime, patience: timedelta) -> bool:
    """Whether a delivery is to be sent, and neither was, nor stands in the index, which would bring it back."""
    if progress.status != "pending" or progress.back_at is not None:
        return False
    return progress.next_attempt_at is None or now - progress.next_attempt_at >= patience
