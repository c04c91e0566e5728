"""Every night, if analytics are on: exports the days that changed. Queue of analytics: does that for a merchant."""

import functools
import json
import os
from datetime import timedelta
from itertools import batched
from typing import Any

from analytics import exporting, following, store
from pos import aws, clock, log
from reports.store import merchants

_TURN = timedelta(seconds=120)
"""How long a turn takes, far below the time limit; a day more may come on top."""


def handler(event: dict[str, Any], _context: object) -> None:
    """By schedule: ask for an export of each merchant (an operator's event may name `merchant_ids`). By a message: go
    on with the merchant that it names.
    """
    if "Records" not in event:
        wanted = list(event.get("merchant_ids") or merchants())
        _send(wanted)
        log.summary("analytics asked for", merchants=len(wanted))
        return
    for record in event["Records"]:
        _take_turn(json.loads(record["body"])["merchant_id"])


def _take_turn(merchant_id: str) -> None:
    now = clock.now()
    page = store.take(merchant_id, now)
    if page is None:
        return  # somebody works on it, and will go on
    done = _go_on(merchant_id, page, clock.now() + _TURN)
    store.give_back(merchant_id)
    if not done:
        _send([merchant_id])


def _go_on(merchant_id: str, page: int, until: Any) -> bool:
    """Follow the feed to its end, then export what changed; whether that was done in time."""
    known: int | None = page
    while known is not None:
        if clock.now() >= until:
            return False
        known = following.follow(merchant_id, known)
    days = 0
    for day, changed, build in store.to_export(merchant_id):
        if clock.now() >= until:
            return False
        exporting.export(merchant_id, day, changed, build, clock.now())
        days += 1
    log.summary("analytics exported", merchant_id=merchant_id, days=days)
    return True


def _send(merchant_ids: list[str]) -> None:
    for some in batched(merchant_ids, 10, strict=False):
        entries: Any = [{"Id": str(at), "MessageBody": json.dumps({"merchant_id": id})} for at, id in enumerate(some)]
        refused = aws.sqs().send_message_batch(QueueUrl=_queue(), Entries=entries).get("Failed")
        if refused:
            raise RuntimeError(f"{len(refused)} messages refused: {refused[0].get('Code')}")


@functools.cache
def _queue() -> str:
    return aws.sqs().get_queue_url(QueueName=f"{os.environ['STACK_NAME']}-analytics")["QueueUrl"]
