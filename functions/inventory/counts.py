"""Counts of stock: recorded line by line by any number of people, completed in steps.

    count    pk <merchant>           sk count#<id>       what was to be counted, and in the end what was found
    phase    pk <merchant>#<count>   sk phase            holds recording and ending a count apart
    line     pk <merchant>#<count>   sk line#<variant>   what was found; `posted` once its difference moved the level

A count is `completing` from the moment that nothing can be recorded on it until all its differences are posted; whoever
completes it then, goes on where it was left. docs/data.md tells why.
"""

from collections.abc import Sequence
from contextlib import suppress
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from inventory import rules, store
from inventory.models import Cause, Count, CountLine
from inventory.store import TABLE
from pos import documents, dynamo
from pos.clock import timestamp
from pos.dynamo import Guarded, Item
from pos.errors import DomainError
from pos.http import Answer, Call
from staff.store import get_location

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

_STEP = 45  # lines in a transaction, which takes 100 items, two for each


def add(call: Call[Any, Any], count: Count) -> Answer:
    """Keep a new count."""
    pk, sk = _phase_key(call.merchant_id, count.id)
    return _save_count(call, count, "count.created", dynamo.put(TABLE, {"pk": pk, "sk": sk, "phase": "counting"}))


def record(call: Call[Any, Any], count_id: str, lines: Sequence[CountLine], answer: Answer) -> None:
    """Keep what somebody counted, all or nothing; 409 `count.not_open` once the count is over."""
    held = dynamo.check(TABLE, _phase_key(call.merchant_id, count_id), "phase = :counting", {":counting": "counting"})
    dynamo.commit(
        [
            Guarded(held, _not_counting),
            *(Guarded(dynamo.put(TABLE, _line_item(call.merchant_id, count_id, one), version=None)) for one in lines),
            *map(Guarded, call.once(answer)),
        ]
    )


def recorded(merchant_id: str, count_id: str) -> dict[str, CountLine]:
    """What is counted by now, by variant."""
    return {item["variant_id"]: _count_line(item) for item in _line_items(merchant_id, count_id)}


def cancel(call: Call[Any, Any], count: Count) -> Answer:
    """Keep a count's new version, after which nothing is recorded on it."""
    return _save_count(call, count, "count.cancelled", _end_counting(call.merchant_id, count.id, "cancelled"))


def finish(call: Call[Any, Any], count: Count) -> Answer:
    """End a count, or go on with ending it where that was interrupted; 409 `count.not_open` if it is over."""
    if count.status == "counting":
        call.expect(count.version)
        count = count.changed(call.now, status="completing")
        _close(call, count)
    elif count.status != "completing":
        raise rules.not_counting(count.status)
    _post_differences(call, count)
    completed = count.changed(
        call.now,
        status="completed",
        lines=rules.progress(count, recorded(call.merchant_id, count.id)),
        completed_at=timestamp(call.now),
        completed_by=call.caller.actor,
    )
    return documents.save(call, TABLE, store.document_key(call.merchant_id, completed), completed, ["count.completed"])


def _close(call: Call[Any, Any], count: Count) -> None:
    """Keep a count's new version that is completing, after which nothing is recorded on it."""
    key, body = store.document_key(call.merchant_id, count), count.json_bytes()
    watch = store.watch_key(call.merchant_id, count)
    dynamo.commit(
        [
            *documents.writes(call, TABLE, key, count, body, ["count.updated"], attributes=watch),
            Guarded(_end_counting(call.merchant_id, count.id, "completing"), _not_counting),
        ]
    )


def _post_differences(call: Call[Any, Any], count: Count) -> None:
    """Move the levels by what a closed count found, some in each transaction, each once however often this is done."""
    place = get_location(call.merchant_id, count.location_id)
    cause = Cause(type="count", id=count.id, business_date=place.business_day(call.now))
    while True:
        unposted = [_count_line(item) for item in _line_items(call.merchant_id, count.id) if "posted" not in item]
        due = [line for line in unposted if line.difference][:_STEP]
        if not due:
            return
        writes = [write for line in due for write in _posting(call, count, cause, line)]
        with suppress(store.Outrun):  # somebody else completes it too: go on with what is left
            dynamo.commit(writes)


def _posting(call: Call[Any, Any], count: Count, cause: Cause, line: CountLine) -> list[Guarded]:
    mark = dynamo.update(
        TABLE,
        _line_key(call.merchant_id, count.id, line.variant_id),
        "SET posted = :yes",
        {":yes": True},
        condition="attribute_not_exists(posted)",
    )
    place = (call.merchant_id, count.location_id, line.variant_id)
    difference = line.difference or Decimal(0)
    return [Guarded(mark, store.Outrun()), Guarded(store.move(*place, difference, cause, call.caller.actor, call.now))]


def _save_count(call: Call[Any, Any], count: Count, event: str, phase: "TransactWriteItemTypeDef") -> Answer:
    return documents.save(
        call,
        TABLE,
        store.document_key(call.merchant_id, count),
        count,
        [event],
        status=201 if count.version == 1 else 200,
        attributes=store.watch_key(call.merchant_id, count),
        extra=[Guarded(phase, _not_counting)],
    )


def _end_counting(merchant_id: str, count_id: str, phase: str) -> "TransactWriteItemTypeDef":
    return dynamo.update(
        TABLE,
        _phase_key(merchant_id, count_id),
        "SET phase = :phase",
        {":phase": phase, ":counting": "counting"},
        condition="phase = :counting",
    )


def _not_counting(found: Item | None) -> DomainError:
    return rules.not_counting(found["phase"] if found else "cancelled")


def _phase_key(merchant_id: str, count_id: str) -> tuple[str, str]:
    return f"{merchant_id}#{count_id}", "phase"


def _line_key(merchant_id: str, count_id: str, variant_id: str) -> tuple[str, str]:
    return f"{merchant_id}#{count_id}", f"line#{variant_id}"


def _line_item(merchant_id: str, count_id: str, line: CountLine) -> Item:
    pk, sk = _line_key(merchant_id, count_id, line.variant_id)
    return {"pk": pk, "sk": sk, **line.model_dump()}


def _line_items(merchant_id: str, count_id: str) -> list[Item]:
    return list(store.everything(f"{merchant_id}#{count_id}", ("line#", "line#~")))


def _count_line(item: Item) -> CountLine:
    return CountLine.model_validate(item)
