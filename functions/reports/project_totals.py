"""Events table's stream (pages of the feed): bring each merchant's totals up to its feed, exactly once in effect.

A stream record is only a wake-up. What is added, and whether it was added before, is decided by the feed's page numbers
alone, so a record that comes twice, late, out of order or never (the next one makes up for it) changes nothing.
docs/reports.md says why this is exact.
"""

import zlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from pos import clock, dynamo, log, metrics
from pos.dynamo import Item, Ref
from pos.log import logger
from reports import effects, sheets, store
from reports.models import Sale, StockMovement
from reports.sheets import Posting, Sheet, SheetKey
from reports.store import Unreadable
from webhooks import store as feed
from webhooks.store import FeedPage, FeedRef

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

PAGES_PER_ROUND = 50
_WRITERS = 8
_MS_FOR_A_ROUND = 20_000

type _Postings = dict[SheetKey, list[Posting]]
type _Found = Mapping[tuple[str, tuple[str, str]], Item]


class OutOfTime(Exception):
    """The function's time limit is near and pages are left; what was added is kept, and a retry goes on from there."""


def handler(event: dict[str, Any], context: "LambdaContext") -> None:
    """Catch up for every merchant that the batch names. Raises, for the batch to be retried, if any could not be."""
    failures = []
    for merchant_id in sorted(_merchants(event)):
        try:
            catch_up(merchant_id, context)
        except Exception as error:  # noqa: BLE001 - one merchant's trouble must not hold up the others; raised below
            logger.exception("totals not caught up", extra={"merchant_id": merchant_id})
            failures.append(error)
    if failures:
        raise ExceptionGroup("totals not caught up", failures)


def catch_up(merchant_id: str, context: "LambdaContext") -> None:
    """Add all pages of the merchant's feed that its totals do not hold yet, some at a time.

    It needs what `webhooks.store.pages_after` gives: pages never change, and come in order without a hole.
    """
    while True:
        done = dynamo.get(store.checkpoint_ref(merchant_id)).page
        pages = feed.pages_after(merchant_id, done, PAGES_PER_ROUND)
        if not pages:
            return
        if context.get_remaining_time_in_millis() < _MS_FOR_A_ROUND:
            raise OutOfTime(f"{merchant_id}: totals hold page {done}, the feed goes on")
        _add(merchant_id, pages)


def _merchants(event: dict[str, Any]) -> set[str]:
    images = (record["dynamodb"].get("NewImage", {}) for record in event["Records"])
    return {image["merchant_id"]["S"] for image in images if image.get("kind", {}).get("S") == "page"}


def _add(merchant_id: str, pages: Sequence[FeedPage]) -> None:
    through = pages[-1].number
    postings, unreadable = _read(merchant_id, pages)
    store.quarantine(merchant_id, unreadable, clock.now())
    if unreadable:
        metrics.add("quarantined", len(unreadable))
    refs = {key: store.sheet_ref(merchant_id, key) for key in postings}
    found = dynamo.fetch(refs.values())
    with ThreadPoolExecutor(_WRITERS) as pool:
        jobs = [
            pool.submit(_write, merchant_id, key, dynamo.resolve(ref, found), postings[key], through)
            for key, ref in refs.items()
        ]
    for job in jobs:
        job.result()
    # Only now: everything up to here is in every sheet that it concerns, whoever wrote it.
    store.advance_checkpoint(merchant_id, through, clock.now())
    log.summary("totals caught up", merchant_id=merchant_id, page=through, sheets=len(refs))


def _write(merchant_id: str, key: SheetKey, sheet: Sheet, postings: Sequence[Posting], through: int) -> None:
    """Bring one sheet up to `through`. A lost race means that it came further meanwhile: add what is then missing."""
    while (after := sheets.sheet_after(sheet, postings, through)) is not sheet:
        if store.write_sheet(merchant_id, key, after, was=sheet):
            return
        sheet = dynamo.get(store.sheet_ref(merchant_id, key))


def _read(merchant_id: str, pages: Sequence[FeedPage]) -> tuple[_Postings, list[Unreadable]]:
    """What the orders' versions and movements that these pages tell of add, by sheet, and the events that cannot be
    read.
    """
    told = [(page.number, ref) for page in pages for ref in page.refs if _adds(ref)]
    found = dynamo.fetch(at for _, ref in told for at in (feed.outbox_ref(ref), _before(ref)) if at is not None)
    postings: _Postings = defaultdict(list)
    unreadable = []
    for page, ref in told:
        try:
            for posting in _posted(page, ref, found):
                postings[posting.place.sheet].append(posting)
        except (LookupError, ValueError, ArithmeticError, zlib.error) as error:
            # No retry can cure an event that is not what it should be: it must not hold up all others.
            logger.exception("event not readable", extra={"merchant_id": merchant_id, "event_id": ref.id})
            unreadable.append(Unreadable(ref.id, ref.type, page, ref.outbox, _reason(error)))
    return postings, unreadable


def _adds(ref: FeedRef) -> bool:
    return effects.tells_of_order(ref.type, ref.ordinal) or effects.tells_of_movement(ref.type)


def _posted(page: int, ref: FeedRef, found: _Found) -> list[Posting]:
    data = _data(dynamo.resolve(feed.outbox_ref(ref), found))
    if effects.tells_of_movement(ref.type):
        return effects.post_movement(page, StockMovement.model_validate_json(data))
    earlier = _before(ref)
    before = None if earlier is None else Sale.model_validate_json(_data(dynamo.resolve(earlier, found)))
    return effects.post(page, before, Sale.model_validate_json(data))


def _before(ref: FeedRef) -> Ref[Item | None] | None:
    """The outbox item of the order's version before the one that this event tells of; None if that is the first, or for
    a movement, which adds by itself.
    """
    is_first = ref.version == 1 or effects.tells_of_movement(ref.type)
    return None if is_first else feed.outbox_ref(replace(ref, version=ref.version - 1))


def _data(item: Item | None) -> bytes:
    if item is None:
        raise LookupError("the outbox item is missing")
    return dynamo.unpack(item["data"])


def _reason(error: Exception) -> str:
    if isinstance(error, ValidationError):
        return ", ".join(".".join(map(str, problem["loc"])) for problem in error.errors(include_input=False)[:10])
    return f"{type(error).__name__}: {error}"
