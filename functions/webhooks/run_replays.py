"""Every minute: take replays a few pages of the feed further, in turn, until they are done."""

import time
from datetime import datetime

from pos import clock, dynamo
from pos.clock import timestamp
from pos.log import logger
from webhooks import choosing, queue, store
from webhooks.models import Replay
from webhooks.queue import Job
from webhooks.rules import START, Position
from webhooks.store import FeedPage, Planned, Progress

_SECONDS = 40  # then the next turn goes on: turns must not overlap
_PAGES = 20
_SETTLED = ("delivered", "exhausted", "expired")


def handler(_event: object, _context: object) -> None:
    """Work on what is running. A step that dies is done again at the next turn: what it had sent may be sent twice,
    and nothing is left out. One replay's trouble does not hold up the others.
    """
    end = time.monotonic() + _SECONDS
    running = store.running_replays()
    failures = []
    while running and time.monotonic() < end:
        replay = running.pop(0)
        try:
            further = _step(*replay)
        except Exception as error:  # noqa: BLE001 - raised below, after the others
            logger.exception("replay not continued", extra={"merchant_id": replay[0], "replay": replay[1].id})
            failures.append(error)
            continue
        if further is not None:
            running.append((replay[0], further))
    if failures:
        raise ExceptionGroup("replays not continued", failures)


def _step(merchant_id: str, replay: Replay) -> Replay | None:
    """The replay some pages further; None if there is nothing more to do, or somebody else does it."""
    found = dynamo.get(store.target_ref(merchant_id, replay.endpoint_id))
    if found is None or not found.endpoint.enabled:
        store.save_replay(merchant_id, replay.changed(clock.now(), status="stopped"))
        return None
    done = replay.page if replay.page is not None else store.page_before(merchant_id, _moment(replay.since))
    pages = store.pages_after(merchant_id, done, _PAGES)
    # As the endpoint is now, whenever it came to be so: a new one may ask for what was before it
    endpoint = found.endpoint.model_copy(update={"since": str(START)})
    health = dynamo.get(store.health_ref(merchant_id, endpoint.id))
    planned = choosing.deliveries(merchant_id, [(endpoint, health)], _places(replay, pages))
    sent = _send(merchant_id, replay, pages, planned) if planned else 0
    over = len(pages) < _PAGES or pages[-1].at > timestamp(_moment(replay.until) + store.PUBLISHED_WITHIN)
    further = replay.changed(
        clock.now(),
        status="done" if over else "running",
        page=pages[-1].number if pages else done,
        looked_at=replay.looked_at + len(planned),
        sent=replay.sent + sent,
    )
    return further if store.save_replay(merchant_id, further) and not over else None


def _places(replay: Replay, pages: list[FeedPage]) -> dict[store.FeedRef, Position]:
    return {
        ref: Position(page.number, index)
        for page in pages
        for index, ref in enumerate(page.refs)
        if replay.since <= ref.timestamp < replay.until
    }


def _send(merchant_id: str, replay: Replay, pages: list[FeedPage], planned: list[Planned]) -> int:
    """Have sent what the replay is for, oldest first; how many those are."""
    now = clock.now()
    there = store.progress_between(merchant_id, replay.endpoint_id, pages[0].number, pages[-1].number)
    jobs = [job for one in planned if (job := _job(replay, one, there.get(one.key.position), now)) is not None]
    queue.send(jobs)
    return len(jobs)


def _job(replay: Replay, planned: Planned, progress: Progress | None, now: datetime) -> Job | None:
    """The next attempt of a delivery, if the replay is for it.

    What is pending, or parked for an endpoint that fails, is going to be sent anyway.
    """
    if progress is None:
        wanted = replay.which in ("all", "missing") and store.add_missing_delivery(planned, now, indexed=True)
        return Job.first(planned.key, planned.ref) if wanted else None
    due = progress.status in _SETTLED if replay.which == "all" else progress.status in ("exhausted", "expired")
    if replay.which == "missing" or not due or not store.release(progress, now):
        return None
    return Job.next(progress)


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
