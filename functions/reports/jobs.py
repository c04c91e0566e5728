"""Jobs in the reports table: work that goes on until it is done, whoever has begun it.

    job       pk <merchant>#job      sk <job>                    `work`: how far it has come, while it runs
    chunk     pk <merchant>#<job>    sk <day>#order#<number>     orders that count on a day, as one step found them
              pk <merchant>#<job>    sk <day>#stock#<location>#<variant>#<version>    movements of a level on a day

A job goes in steps, and after each it is kept on condition of its version. So any number of functions may run it at
once: who is overtaken stops, and a crash between two steps loses the one that was not kept. A message wakes a worker up
for it, and is sent before the job is kept: a job that nobody is told of there cannot be.
"""

import functools
import json
import os
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import batched
from typing import TYPE_CHECKING, Any, NamedTuple

from pos import aws, clock, durable, dynamo
from pos.clock import timestamp
from pos.durable import Overtaken
from pos.dynamo import Item, Page, Ref
from pos.errors import DomainError, Invalid, NotFound
from pos.http import Answer
from pos.ids import new_id
from reports import recounting
from reports.models import LONGEST_SPAN, Job, JobKind, Work
from reports.recounting import Document
from reports.store import TABLE, checkpoint_ref
from webhooks import store as feed

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

_KIND = "job"
_MOST_RUNNING = 5
_KEPT_JOBS, _KEPT_CHUNKS = timedelta(days=90), timedelta(days=7)
_BEFORE = timedelta(days=2)
"""A day begins up to 14 hours earlier east of UTC; nothing is published for it before that."""
_UNTOLD = timedelta(days=1)
"""How long an event takes at most to get into the feed: the stream that brings it there keeps it no longer."""
_SETTLING = timedelta(minutes=2)
"""The index of orders may lag behind them: those that the feed told of lately are looked at by that, too."""
_STALLED = timedelta(hours=1)
"""More than a turn takes, and its message to come again."""
_WAKE_SECONDS = 25
"""How long after its beginning a job gets its worker: who began it goes on with it until then."""


class Unsettled(Exception):
    """The totals did not stand still for long enough to be looked at; it can be tried again soon."""


Running = durable.Running[Job, Work]
"""A job as it is kept, and how far it has come."""


class Listed(NamedTuple):
    """An order that counts on a day: where, and the version of which the totals hold all (0: to be looked up)."""

    location_id: str
    order_id: str
    version: int


class QueueRefused(Exception):
    """SQS did not take a message."""


type Step = Callable[[Running], Running]


# --- beginning -------------------------------------------------------------------------------------------------------


def check_days(days: tuple[date, date], prefix: str) -> None:
    """Refuse (422) days in the wrong order, and more of them than one job looks at; `prefix` leads to the fields."""
    first, last = days
    if first > last:
        raise Invalid("report.range_invalid", f"from ({first}) is after to ({last}).", f"{prefix}from")
    if (last - first).days >= LONGEST_SPAN:
        raise Invalid("report.range_too_long", f"At most {LONGEST_SPAN} days.", f"{prefix}to")


def same(merchant_id: str, kind: JobKind, days: tuple[date, date], now: datetime) -> Running | None:
    """The job for the same that is running, if there is one; 409 `report.too_many_jobs` if too many others are.

    One that has not moved for long has lost its worker, and is given another.
    """
    running = [one for one in newest(merchant_id) if one.status == "running"]
    for one in running:
        if (one.kind, one.from_, one.to) == (kind, *days):
            if one.updated_at < timestamp(now - _STALLED):
                wake(merchant_id, one.id)
            return load(merchant_id, one.id)
    if sum(one.updated_at >= timestamp(now - _STALLED) for one in running) >= _MOST_RUNNING:
        raise DomainError("report.too_many_jobs", f"{_MOST_RUNNING} jobs are running: wait for one to be done.")
    return None


def begin(
    merchant_id: str,
    kind: JobKind,
    days: tuple[date, date],
    actor: str,
    now: datetime,
    once: Callable[[Answer], "list[TransactWriteItemTypeDef]"] = lambda _: [],
) -> Running:
    """Keep a new job for some days, and have a worker woken up for it; `once` makes what is kept with the answer."""
    first, last = days
    job = Job.model_validate(
        {
            "id": new_id("job"),
            "kind": kind,
            "from": first,
            "to": last,
            "created_at": timestamp(now),
            "created_by": actor,
            "updated_at": timestamp(now),
            "days": (last - first).days + 1,
            kind: {},
        }
    )
    since = datetime.combine(first, time(), UTC) - _BEFORE
    known = dynamo.get(checkpoint_ref(merchant_id)).page
    settled = min(known, feed.page_before(merchant_id, now - _SETTLING))
    start = min(settled, feed.page_before(merchant_id, since))
    work = Work(low=timestamp(since - _UNTOLD), start=start, known=settled, day=first)
    began = Running(merchant_id, 1, job, work)
    wake(merchant_id, job.id, _WAKE_SECONDS)
    dynamo.transact(
        [dynamo.put(TABLE, durable.item(_KIND, began, now + _KEPT_JOBS)), *once(Answer(202, job.json_bytes()))]
    )
    return began


def wake(merchant_id: str, job_id: str, seconds: int = 0) -> None:
    """Have a worker go on with a job, after so many seconds."""
    _send([{"merchant_id": merchant_id, "job_id": job_id}], seconds)


def order(merchant_ids: Iterable[str], kind: JobKind, days: tuple[date, date], actor: str) -> int:
    """Have workers begin a job for each of these merchants; how many."""
    first, last = map(str, days)
    wanted = [{"merchant_id": id, "kind": kind, "from": first, "to": last, "actor": actor} for id in merchant_ids]
    _send(wanted, 0)
    return len(wanted)


def _send(bodies: Sequence[Mapping[str, str]], seconds: int) -> None:
    """Raises QueueRefused if SQS did not take one of the messages; to send all of them again is harmless."""
    for some in batched(bodies, 10, strict=False):
        entries: Any = [
            {"Id": str(number), "MessageBody": json.dumps(body), "DelaySeconds": seconds}
            for number, body in enumerate(some)
        ]
        refused = aws.sqs().send_message_batch(QueueUrl=_queue(), Entries=entries).get("Failed")
        if refused:
            raise QueueRefused(f"{len(refused)} messages refused: {refused[0].get('Code')}")


# --- going on --------------------------------------------------------------------------------------------------------


def run(running: Running, step: Step, seconds: float) -> Running:
    """Go on with a job, step by step, until it is done, the time is over or another function is found to do it.

    Raises Unsettled if the totals do not stand still; what was done before that is kept.
    """
    until = clock.now() + timedelta(seconds=seconds)
    while running.job.status == "running" and clock.now() < until:
        try:
            running = save(step(running))
        except Overtaken:
            return load(running.merchant_id, running.job.id)
    return running


def save(running: Running) -> Running:
    """Keep a job after a step. Raises Overtaken if somebody else did that meanwhile."""
    return durable.save(TABLE, _KIND, running, lambda _, now: now + _KEPT_JOBS)


def load(merchant_id: str, job_id: str) -> Running:
    """A job; 404 if the merchant has none such."""
    found = dynamo.get(Ref(TABLE, (_pk(merchant_id), job_id), lambda item: item))
    if found is None:
        raise NotFound("job", job_id)
    return _read(merchant_id, found)


def newest(merchant_id: str) -> list[Job]:
    """The merchant's latest jobs, newest first."""
    return [read(item) for item in listing(merchant_id, 50, None).items]


def listing(merchant_id: str, limit: int, cursor: str | None) -> Page:
    """A page of the merchant's jobs, newest first, as items that `read` reads."""
    return dynamo.query(TABLE, _pk(merchant_id), limit=limit, cursor=cursor, forward=False)


def read(item: Item) -> Job:
    """The job in an item."""
    return Job.model_validate_json(document(item))


def document(item: Item) -> bytes:
    """The job in an item, as it is answered."""
    return dynamo.unpack(item["doc"])


# --- what counts on which day ----------------------------------------------------------------------------------------


def put_chunk(running: Running, days: Mapping[str, Sequence[Listed]], now: datetime) -> None:
    """Keep the orders that a step found, by day. The step that is done again keeps them in the same place."""
    for day, rows in days.items():
        _put_chunk(running, f"{day}#order#{running.work.chunks:06d}", rows, now)


def listed(running: Running, day: str) -> list[Listed]:
    """The orders that count on a day, by location."""
    orders: dict[str, Listed] = {}
    for row in _chunks(running, f"{day}#order#", f"{day}#order#~"):
        orders.setdefault(row[1], Listed(*row))  # twice, if it changed while orders were looked for
    return sorted(orders.values())


def put_movements(running: Running, movements: Iterable[Document], now: datetime) -> None:
    """Keep movements of one level, by day. They never change, so it does no harm to keep one twice."""
    days: defaultdict[str, list[Document]] = defaultdict(list)
    for movement in movements:
        days[recounting.moved_on(movement)].append(movement)
    for day, rows in days.items():
        if running.job.from_.isoformat() <= day <= running.job.to.isoformat():
            first = rows[0]
            sk = f"{day}#stock#{first['location_id']}#{first['variant_id']}#{first['version']:010d}"
            _put_chunk(running, sk, rows, now)


def movements(running: Running, day: str, after: str, until: str) -> Iterator[Document]:
    """The movements on a day at the locations behind `after`, up to `until`."""
    low = f"{day}#stock#{after}#~" if after else f"{day}#stock#"
    seen: set[tuple[str, str, int]] = set()
    for movement in _chunks(running, low, f"{day}#stock#{until}#~"):
        key = movement["location_id"], movement["variant_id"], movement["version"]
        if key not in seen:
            seen.add(key)
            yield movement


def _put_chunk(running: Running, sk: str, rows: Sequence[Any], now: datetime) -> None:
    item = {
        "pk": _chunks_pk(running),
        "sk": sk,
        "rows": dynamo.pack(json.dumps(rows, separators=(",", ":")).encode()),
        "expires_at": _expiry(now, _KEPT_CHUNKS),
    }
    aws.dynamodb().put_item(TableName=dynamo.table(TABLE), Item=dynamo.encode(item))


def _chunks(running: Running, low: str, high: str) -> Iterator[Any]:
    cursor = None
    while True:
        page = dynamo.query(TABLE, _chunks_pk(running), between=(low, high), limit=1000, cursor=cursor)
        for item in page.items:
            yield from json.loads(dynamo.unpack(item["rows"]))
        cursor = page.next_cursor
        if cursor is None:
            return


def _read(merchant_id: str, item: Item) -> Running:
    job = read(item)
    work = Work.model_validate_json(dynamo.unpack(item["work"])) if "work" in item else _DONE
    return Running(merchant_id, int(item["version"]), job, work)


_DONE = Work(low="", start=0, known=0, phase="rest", day=date.min)


def _pk(merchant_id: str) -> str:
    return f"{merchant_id}#{_KIND}"


def _chunks_pk(running: Running) -> str:
    return f"{running.merchant_id}#{running.job.id}"


def _expiry(now: datetime, kept: timedelta) -> int:
    return int((now + kept).timestamp())


@functools.cache
def _queue() -> str:
    return aws.sqs().get_queue_url(QueueName=f"{os.environ['STACK_NAME']}-report-jobs")["QueueUrl"]
