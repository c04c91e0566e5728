"""The webhooks table, and the feed in the events table.

    page         pk <merchant>#feed          sk p<number>             in the events table; `refs` names its events
    marker       pk <merchant>#<event>       sk position              in the events table; where an event is in the feed
    quarantine   pk <merchant>#quarantine    sk <stream record>       in the events table; a change that cannot be read
    endpoint     pk <merchant>               sk endpoint#<endpoint>   `secret`, `retired`: its signing keys, encrypted
    health       pk <merchant>               sk health#<endpoint>     written when they fail, or change the lane
    delivery     pk <merchant>#<endpoint>    sk d<page>.<index>       one event on its way to one endpoint
    replay       pk <merchant>               sk replay#<replay>       a job, and how far it is

Index `waiting` of the webhooks table is sparse: only what has failed or is parked enters it.

    due          waiting_pk due#<shard>             waiting_sk <time>         failing deliveries, health to be visited
    parked       waiting_pk <merchant>#<endpoint>   waiting_sk d<page>.<index>
    replays      waiting_pk replays                 waiting_sk <begun at>#<replay>

docs/webhooks.md tells why the feed has no holes, why no delivery is forgotten, and what a crash leaves behind.
"""

import contextlib
import json
import random
import re
import time
import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal

import botocore.exceptions

from pos import audit, aws, documents, dynamo, outbox
from pos.clock import timestamp
from pos.dynamo import ConditionFailed, Guarded, Item, Page, Ref
from pos.errors import NotFound
from pos.http import Answer, Call
from webhooks.breaker import Health
from webhooks.models import Attempt, Delivery, DeliveryStatus, Endpoint, Replay
from webhooks.rules import START, Position

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

TABLE = "webhooks"

EVENTS_PER_PAGE = 99
"""A page and its events' markers fill one transaction of 100 items."""

LEASE = timedelta(minutes=15)
"""How long after its time a failing delivery is brought back by the index, should its message not have done so."""

DUE_SHARDS = 8

CANARY = "mer_canary"
"""The merchant of no shop whose changes the publisher leaves to the sweep (`canary`)."""

_WAITING, _WAITING_KEYS = "waiting", ("waiting_pk", "waiting_sk")

_ATTEMPTS_TO_APPEND = 40
_DELIVERY_ID = re.compile(r"dlv_([0-9a-z]+)_([0-9]{1,12})_([0-9]{1,3})")
_LOGGED = 13  # attempts: those of one schedule
_EXCERPT = 200  # characters of what was answered to an attempt before the last one
_AT_WORK = 100
_VERSIONS = 50
_CLOCKS_DIFFER = timedelta(minutes=5)

PUBLISHED_WITHIN = timedelta(hours=48)
"""How long after its change an event may get its place: the streams that lead there keep what waits for a day each."""


# --- the feed --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class FeedRef:
    """An event in the feed: what readers filter by, which event of which outbox item it is, and its `timestamp`."""

    merchant_id: str
    id: str
    type: str
    entity_id: str
    version: int
    ordinal: int
    timestamp: str

    @property
    def outbox(self) -> tuple[str, str]:
        """The key of its outbox item."""
        return outbox.item_key(self.merchant_id, self.entity_id, self.version)


@dataclass(frozen=True, slots=True)
class FeedPage:
    """One page of a merchant's feed (1, 2, 3 …) with its events in order, and when it was written."""

    number: int
    refs: tuple[FeedRef, ...]
    at: str


@dataclass(frozen=True, slots=True)
class Placement:
    """Where events are in the feed: those that just got their place, and those that had one before."""

    fresh: Mapping[FeedRef, Position]
    known: Mapping[FeedRef, Position]


def feed_refs(stored: Item) -> list[FeedRef]:
    """The events of an outbox item, in order."""
    ids = outbox.event_ids(stored)
    of_change = stored["entity_id"], int(stored["version"])
    return [
        FeedRef(stored["merchant_id"], event_id, event_type, *of_change, ordinal, stored["at"])
        for ordinal, (event_id, event_type) in enumerate(zip(ids, stored["types"], strict=True))
    ]


def outbox_ref(ref: FeedRef) -> Ref[Item | None]:
    """The outbox item that holds an event's body."""
    return Ref(outbox.TABLE, ref.outbox, lambda item: item)


def place(merchant_id: str, refs: Sequence[FeedRef], now: datetime) -> Placement:
    """Append events to a merchant's feed in this order, each exactly once however often it is given.

    Raises `dynamo.Busy` when others keep taking the next page; what was placed by then stays placed.
    """
    fresh: dict[FeedRef, Position] = {}
    known: dict[FeedRef, Position] = {}
    for start in range(0, len(refs), EVENTS_PER_PAGE):
        _append(merchant_id, refs[start : start + EVENTS_PER_PAGE], now, fresh, known)
    return Placement(fresh, known)


def pages_after(merchant_id: str, number: int, limit: int) -> list[FeedPage]:
    """The next pages of a merchant's feed behind page `number` (0: from the start), without a hole.

    Pages are written in order, but a query is no snapshot: it may pass a page's place before that is written and
    still see the next. What lies behind such a hole is left for the next call. Raises LookupError for a hole that
    stays, which nothing that Kasir does can make.
    """
    for _ in range(2):
        between = (_page_sk(number + 1), "p~")
        found = dynamo.query(outbox.TABLE, _feed_pk(merchant_id), between=between, limit=limit).items
        pages = [_read_page(merchant_id, item) for item in found]
        whole = [page for due, page in enumerate(pages, number + 1) if page.number == due]
        if whole or not pages:
            return whole
    raise LookupError(f"the feed of {merchant_id} lacks page {number + 1}")


def page_before(merchant_id: str, moment: datetime) -> int:
    """The number of the last page before all that hold events of that moment or later; 0 if that is from the start.

    Pages are found by halving, since they are written nearly in the order of their times: what clocks may differ, and
    a publisher may take, is allowed for.
    """
    wanted = timestamp(moment - _CLOCKS_DIFFER)
    last = _last_page(merchant_id)
    low, high = 0, last.number if last else 0
    while low < high:
        middle = (low + high + 1) // 2
        page = dynamo.get(Ref(outbox.TABLE, (_feed_pk(merchant_id), _page_sk(middle)), lambda item: item))
        if page is None:
            raise LookupError(f"the feed of {merchant_id} lacks page {middle}")
        low, high = (middle, high) if page["at"] < wanted else (low, middle - 1)
    return low


def position_ref(merchant_id: str, event_id: str) -> Ref[Position | None]:
    """Where an event is in the feed; None if it is not there."""
    return Ref(outbox.TABLE, (f"{merchant_id}#{event_id}", "position"), _read_position)


def position_of(merchant_id: str, event_id: str) -> Position | None:
    """Where an event is in the feed; None if it is not there."""
    return dynamo.get(position_ref(merchant_id, event_id))


def find_event(merchant_id: str, event_id: str) -> FeedRef | None:
    """The event of this id; None if the feed does not have it."""
    position = position_of(merchant_id, event_id)
    if position is None:
        return None
    [page] = pages_after(merchant_id, position.page - 1, 1)
    return page.refs[position.index]


def last_position(merchant_id: str) -> Position:
    """The place of the newest event in a merchant's feed; before the first one, `START`."""
    page = _last_page(merchant_id)
    return START if page is None else Position(page.number, len(page.refs) - 1)


@dataclass(frozen=True, slots=True)
class Written:
    """What a merchant wrote in a slot: outbox items (entity and version, and how many events) and pages of its feed."""

    changes: Mapping[tuple[str, int], int]
    pages: Sequence[int]


def written_in(slot: str) -> dict[str, Written]:
    """What was written in a slot, by merchant. The index shows it some moments later than the table has it."""
    changes: defaultdict[str, dict[tuple[str, int], int]] = defaultdict(dict)
    pages: defaultdict[str, list[int]] = defaultdict(list)
    for item in _everything(slot):
        merchant_id, entity_id = item["pk"].split("#", 1)
        if "types" in item:
            changes[merchant_id][entity_id, int(item["sk"][1:])] = len(item["types"])
        else:
            pages[merchant_id].append(int(item["sk"][1:]))
    return {one: Written(changes[one], sorted(pages[one])) for one in sorted({*changes, *pages})}


def read_pages(merchant_id: str, numbers: Sequence[int]) -> list[FeedPage]:
    """These pages of a merchant's feed."""
    found = dynamo.fetch(Ref(outbox.TABLE, (_feed_pk(merchant_id), _page_sk(one)), _as_it_is) for one in numbers)
    pages = [_read_page(merchant_id, item) for item in found.values()]
    return sorted(pages, key=lambda page: page.number)


def whereabouts(merchant_id: str, keys: Iterable[tuple[str, int]], now: datetime) -> tuple[list[FeedRef], list[int]]:
    """Which events of these outbox items (entity and version) have no place in the feed, in the order of versions, and
    on which pages the others are. An item that cannot be read is put in quarantine.
    """
    refs: list[FeedRef] = []
    wanted = sorted(keys)
    found = dynamo.fetch(Ref(outbox.TABLE, outbox.item_key(merchant_id, *key), _as_it_is) for key in wanted)
    for key in wanted:
        item_key = outbox.item_key(merchant_id, *key)
        try:
            stored = found[outbox.TABLE, item_key]
            outbox.events(stored)
            refs += feed_refs(stored)
        except Exception as error:  # noqa: BLE001 - reading it is pure computation: no retry can cure that
            quarantine(merchant_id, "/".join(item_key), repr(error), item_key, now)
    markers = {ref: Ref(outbox.TABLE, (f"{merchant_id}#{ref.id}", "position"), _read_position) for ref in refs}
    found = dynamo.fetch(markers.values())
    places = {ref: dynamo.resolve(marker, found) for ref, marker in markers.items()}
    pages = {place.page for place in places.values() if place is not None}
    return [ref for ref, place in places.items() if place is None], sorted(pages)


def quarantine(merchant_id: str, record_id: str, reason: str, key: Any, now: datetime) -> None:
    """Keep note of a stream record that no retry can make readable: its item's key, and what is wrong with it."""
    item = {
        "pk": f"{merchant_id}#quarantine",
        "sk": record_id,
        "kind": "quarantine",
        "at": timestamp(now),
        "reason": reason,
        "key": json.dumps(key),
    }
    aws.dynamodb().put_item(TableName=dynamo.table(outbox.TABLE), Item=dynamo.encode(item))


def _append(
    merchant_id: str,
    refs: Sequence[FeedRef],
    now: datetime,
    fresh: dict[FeedRef, Position],
    known: dict[FeedRef, Position],
) -> None:
    """Put one page with those of the events that have no place yet.

    Two conditions carry everything: a page number is given once, and an event's marker is made once.
    """
    waiting = list(refs)
    for attempt in range(_ATTEMPTS_TO_APPEND):
        if not waiting:
            return
        last = _last_page(merchant_id)
        page = FeedPage((last.number if last else 0) + 1, tuple(waiting), timestamp(now))
        try:
            dynamo.transact(_page_writes(merchant_id, page))
        except ConditionFailed as failed:
            found = {waiting[at - 1]: _read_position(item) for at, item in failed.failures.items() if at > 0}
            known |= {ref: position for ref, position in found.items() if position is not None}
            waiting = [ref for ref in waiting if ref not in known]
            if 0 in failed.failures:
                time.sleep(random.uniform(0, min(0.4, 0.01 * 2**attempt)))
        else:
            fresh |= {ref: Position(page.number, index) for index, ref in enumerate(waiting)}
            return
    raise dynamo.Busy


def _last_page(merchant_id: str) -> FeedPage | None:
    newest = dynamo.query(outbox.TABLE, _feed_pk(merchant_id), between=("p", "p~"), limit=1, forward=False).items
    return _read_page(merchant_id, newest[0]) if newest else None


def _page_writes(merchant_id: str, page: FeedPage) -> "list[TransactWriteItemTypeDef]":
    refs = [[ref.id, ref.type, ref.entity_id, ref.version, ref.ordinal, ref.timestamp] for ref in page.refs]
    item = {
        "pk": _feed_pk(merchant_id),
        "sk": _page_sk(page.number),
        "kind": "page",
        "merchant_id": merchant_id,
        "at": page.at,
        "slot": outbox.slot(merchant_id, datetime.fromisoformat(page.at)),
        "refs": dynamo.pack(json.dumps(refs, separators=(",", ":")).encode()),
    }
    markers = [
        {
            "pk": f"{merchant_id}#{ref.id}",
            "sk": "position",
            "kind": "marker",
            "page": page.number,
            "index": index,
        }
        for index, ref in enumerate(page.refs)
    ]
    return [dynamo.put(outbox.TABLE, item), *(dynamo.put(outbox.TABLE, marker) for marker in markers)]


def _everything(slot: str) -> Iterator[Item]:
    cursor = None
    while True:
        page = dynamo.query(outbox.TABLE, slot, limit=1000, cursor=cursor, index="by_slot", key_names=("slot", "pk"))
        yield from page.items
        cursor = page.next_cursor
        if cursor is None:
            return


def _as_it_is(item: Item | None) -> Item | None:
    return item


def _feed_pk(merchant_id: str) -> str:
    return f"{merchant_id}#feed"


def _page_sk(number: int) -> str:
    return f"p{number:012d}"


def _read_page(merchant_id: str, item: Item) -> FeedPage:
    refs = json.loads(dynamo.unpack(item["refs"]))
    return FeedPage(int(item["sk"][1:]), tuple(FeedRef(merchant_id, *ref) for ref in refs), item["at"])


def _read_position(item: Item | None) -> Position | None:
    return None if item is None else Position(int(item["page"]), int(item["index"]))


# --- the sweep's way -------------------------------------------------------------------------------------------------


def swept_to(age: str) -> int | None:
    """The first slot that the sweep of this age has still to look at; None if it never began."""
    return dynamo.get(Ref(TABLE, _sweep_key(age), lambda item: None if item is None else int(item["slot"])))


def keep_swept_to(age: str, slot: int, now: datetime) -> None:
    """Keep how far the sweep of this age is."""
    pk, sk = _sweep_key(age)
    item = {"pk": pk, "sk": sk, "slot": slot, "at": timestamp(now)}
    aws.dynamodb().put_item(TableName=dynamo.table(TABLE), Item=dynamo.encode(item))


def _sweep_key(age: str) -> tuple[str, str]:
    return "sweep", age


# --- endpoints -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Retired:
    """Keys that a rotation replaced, as they are kept, and until when they still sign."""

    secret: bytes
    until: str


@dataclass(frozen=True, slots=True)
class Target:
    """An endpoint with its signing keys as they are kept: encrypted (None once the endpoint is deleted)."""

    endpoint: Endpoint
    secret: bytes | None
    retired: tuple[Retired, ...] = ()

    def held(self, now: datetime) -> tuple[Retired, ...]:
        """The keys before these that still sign."""
        return tuple(one for one in self.retired if one.until > timestamp(now))

    def changed(self, endpoint: Endpoint) -> "Target":
        """Another version of the endpoint with the same keys."""
        return replace(self, endpoint=endpoint)

    @property
    def attributes(self) -> dict[str, Any]:
        """The keys, to be kept beside the endpoint's document and never in it."""
        retired = [{"secret": one.secret, "until": one.until} for one in self.retired]
        return {"secret": self.secret, "retired": retired or None}


def target_ref(merchant_id: str, endpoint_id: str) -> Ref[Target | None]:
    """An endpoint for whoever sends to it; None if there never was one."""
    return Ref(TABLE, _endpoint_key(merchant_id, endpoint_id), lambda item: None if item is None else _target(item))


def get_endpoint(merchant_id: str, endpoint_id: str) -> Endpoint:
    """The endpoint; 404 if there is none, or only its tombstone."""
    return get_target(merchant_id, endpoint_id).endpoint


def get_target(merchant_id: str, endpoint_id: str) -> Target:
    """The endpoint with its signing key; 404 if there is none, or only its tombstone."""
    target = dynamo.get(target_ref(merchant_id, endpoint_id))
    if target is None or target.endpoint.deleted_at is not None:
        raise NotFound("endpoint", endpoint_id)
    return target


def list_endpoints(merchant_id: str, limit: int, cursor: str | None) -> tuple[list[Endpoint], str | None]:
    """A page of the merchant's endpoints, oldest first; tombstones count towards the limit but are left out."""
    page = dynamo.query(TABLE, merchant_id, limit=limit, cursor=cursor, between=("endpoint#", "endpoint#~"))
    endpoints = [documents.read(Endpoint, item) for item in page.items]
    return [endpoint for endpoint in endpoints if endpoint.deleted_at is None], page.next_cursor


def all_endpoints(merchant_id: str) -> list[tuple[Endpoint, Health]]:
    """All of the merchant's endpoints as they are now, and how each is doing."""
    items: list[Item] = []
    cursor = None
    while True:
        page = dynamo.query(TABLE, merchant_id, limit=200, cursor=cursor, between=("endpoint#", "health#~"))
        items += page.items
        cursor = page.next_cursor
        if cursor is None:
            break
    kept = {item["sk"].removeprefix("health#"): _health(item) for item in items if item["sk"].startswith("health#")}
    endpoints = [documents.read(Endpoint, item) for item in items if item["sk"].startswith("endpoint#")]
    return [(one, kept.get(one.id, Health())) for one in endpoints if one.deleted_at is None]


def versions_before(merchant_id: str, endpoint: Endpoint) -> list[Endpoint]:
    """The endpoint's last versions before this one, the newest first, as its own events have them; up to 50."""
    page = outbox.history(merchant_id, endpoint.id, _VERSIONS, None)
    found = [Endpoint.model_validate_json(dynamo.unpack(item["data"])) for item in page.items]
    return [version for version in found if version.version < endpoint.version]


def save_endpoint(
    call: Call[Any, Any], before: Endpoint | None, target: Target, event: str, *, action: str | None = None
) -> Answer:
    """Keep an endpoint's new version and its keys, and tell the owner of it (as `action`, if that is not what the event
    says); a `secret` that is None forgets them. One that is enabled, disabled or deleted is visited for what is parked,
    and one with a new URL has to prove that it is quick.
    """
    endpoint = target.endpoint
    key = _endpoint_key(call.merchant_id, endpoint.id)
    extra = [audit.change(call, action or event, before, endpoint)]
    visited = before is not None and (before.enabled != endpoint.enabled or endpoint.deleted_at is not None)
    unproven = before is None or before.url != endpoint.url
    if visited or unproven:
        at = call.now if visited else None
        extra.append(Guarded(_attend(call.merchant_id, endpoint.id, at, unproven=unproven)))
    return documents.save(
        call,
        TABLE,
        key,
        endpoint,
        [event],
        status=201 if before is None else 200,
        attributes=target.attributes,
        extra=extra,
    )


def keep_endpoint(merchant_id: str, target: Target, now: datetime) -> None:
    """Keep a version of an endpoint that nobody asked for and nobody is told of; nothing if somebody was quicker."""
    endpoint = target.endpoint
    key = _endpoint_key(merchant_id, endpoint.id)
    item = documents.item(key, endpoint, endpoint.json_bytes(), target.attributes)
    with contextlib.suppress(ConditionFailed):
        dynamo.transact([dynamo.put(TABLE, item, version=endpoint.version - 1), visit(merchant_id, endpoint.id, now)])


def suspend_endpoint(merchant_id: str, target: Target, now: datetime) -> bool:
    """Stop sending to an endpoint and tell so by an event; False if somebody changed the endpoint at this moment."""
    endpoint = target.endpoint.changed(now, enabled=False, suspended_at=timestamp(now))
    body = endpoint.json_bytes()
    item = documents.item(_endpoint_key(merchant_id, endpoint.id), endpoint, body, target.attributes)
    entity = outbox.Entity(endpoint.KIND, endpoint.id, endpoint.version)
    try:
        dynamo.transact(
            [
                dynamo.put(TABLE, item, version=target.endpoint.version),
                outbox.write(merchant_id, entity, ["endpoint.suspended"], body, now),
                visit(merchant_id, endpoint.id, now),
            ]
        )
    except ConditionFailed:
        return False
    return True


def _endpoint_key(merchant_id: str, endpoint_id: str) -> tuple[str, str]:
    return merchant_id, f"endpoint#{endpoint_id}"


def _target(item: Item) -> Target:
    retired = tuple(Retired(bytes(one["secret"]), one["until"]) for one in item.get("retired", ()))
    return Target(documents.read(Endpoint, item), bytes(item["secret"]) if "secret" in item else None, retired)


# --- how endpoints are doing -----------------------------------------------------------------------------------------


def health_ref(merchant_id: str, endpoint_id: str) -> Ref[Health]:
    """How an endpoint is doing; of one that was quick from the first and never failed this says just that."""
    return Ref(TABLE, _health_key(merchant_id, endpoint_id), _health)


def save_health(merchant_id: str, endpoint_id: str, health: Health) -> bool:
    """Keep how an endpoint is doing; False if somebody else did so since `health` was read."""
    pk, sk = _health_key(merchant_id, endpoint_id)
    item = {
        "pk": pk,
        "sk": sk,
        "version": health.version + 1,
        "state": health.state,
        "failed": list(health.failed) or None,
        "failing_since": _time(health.failing_since),
        "opened_at": _time(health.opened_at),
        "probe": health.probe,
        "probes": health.probes or None,
        "turn": health.turn or None,
        "slow": health.slow or None,
        "unproven": health.unproven or None,
        "visit_at": _time(health.visit_at),
        **_due(health.visit_at, pk, sk),
    }
    try:
        dynamo.transact([dynamo.put(TABLE, item, version=health.version)])
    except ConditionFailed:
        return False
    return True


def visit(merchant_id: str, endpoint_id: str, at: datetime) -> "TransactWriteItemTypeDef":
    """The write that has an endpoint looked at soon, to be part of the transaction that enables, disables or suspends
    it: what is parked is then drained, or kept until it expires (`watching.visit`).
    """
    return _attend(merchant_id, endpoint_id, at)


def _attend(
    merchant_id: str, endpoint_id: str, visit_at: datetime | None, *, unproven: bool = False
) -> "TransactWriteItemTypeDef":
    pk, sk = _health_key(merchant_id, endpoint_id)
    values: Item = {}
    if visit_at is not None:
        values |= {"visit_at": timestamp(visit_at), **_due(visit_at, pk, sk)}
    if unproven:
        values |= {"slow": True, "unproven": True}
    changes = f"SET {', '.join(f'{name} = :{name}' for name in values)} ADD #version :one"
    values = {f":{name}": value for name, value in values.items()} | {":one": 1}
    return dynamo.update(TABLE, (pk, sk), changes, values, names={"#version": "version"})


def _health_key(merchant_id: str, endpoint_id: str) -> tuple[str, str]:
    return merchant_id, f"health#{endpoint_id}"


def _health(item: Item | None) -> Health:
    if item is None:
        return Health()
    return Health(
        # `visit` may have made the item
        state=item.get("state", "closed"),
        failed=tuple(item.get("failed", ())),
        failing_since=_moment(item.get("failing_since")),
        opened_at=_moment(item.get("opened_at")),
        probe=item.get("probe"),
        probes=int(item.get("probes", 0)),
        turn=int(item.get("turn", 0)),
        visit_at=_moment(item.get("visit_at")),
        slow=item.get("slow", False),
        unproven=item.get("unproven", False),
        version=int(item["version"]),
    )


def _due(at: datetime | None, pk: str, sk: str) -> Item:
    """The attributes that have an item read from the index at its time; none if it has no time."""
    if at is None:
        return {}
    return {"waiting_pk": f"due#{zlib.crc32(f'{pk}{sk}'.encode()) % DUE_SHARDS}", "waiting_sk": timestamp(at)}


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else timestamp(moment)


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


# --- deliveries ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class DeliveryKey:
    """Which delivery: an endpoint of a merchant, and the event's place in the merchant's feed."""

    merchant_id: str
    endpoint_id: str
    position: Position

    @classmethod
    def parse(cls, merchant_id: str, delivery_id: str) -> "DeliveryKey":
        """The merchant's delivery of this id. Raises ValueError for what is no such id."""
        found = _DELIVERY_ID.fullmatch(delivery_id)
        if found is None:
            raise ValueError(f"not a delivery's id: {delivery_id!r}")
        return cls(merchant_id, f"whe_{found[1]}", Position(int(found[2]), int(found[3])))

    @property
    def id(self) -> str:
        """Its id, as the API has it."""
        return f"dlv_{self.endpoint_id.removeprefix('whe_')}_{self.position.page}_{self.position.index}"

    @property
    def item_key(self) -> tuple[str, str]:
        """Where it lies: an endpoint's deliveries are one partition, in the order of the feed."""
        return f"{self.merchant_id}#{self.endpoint_id}", f"d{self.position.page:012d}.{self.position.index:03d}"


@dataclass(frozen=True, slots=True)
class Planned:
    """A delivery that there has to be: of which event, how it starts, and the endpoint's version that wants it."""

    key: DeliveryKey
    ref: FeedRef
    status: DeliveryStatus
    endpoint_version: int


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a delivery is. `uncounted` of its `attempts` do not count for the schedule, which began anew after them.
    If the index is to bring it back, `back_at` says when.
    """

    key: DeliveryKey
    entity_id: str
    version: int
    ordinal: int
    status: DeliveryStatus
    attempts: int
    uncounted: int
    created_at: datetime
    next_attempt_at: datetime | None
    back_at: datetime | None


def progress_ref(key: DeliveryKey) -> Ref[Progress | None]:
    """How far a delivery is; None if there is none."""
    return Ref(TABLE, key.item_key, lambda item: None if item is None else _progress(item))


def progress_between(merchant_id: str, endpoint_id: str, first: int, last: int) -> dict[Position, Progress]:
    """How far an endpoint's deliveries of these pages' events are."""
    between = (f"d{first:012d}", f"d{last:012d}.~")
    found = [_progress(item) for item in _all(f"{merchant_id}#{endpoint_id}", between)]
    return {one.key.position: one for one in found}


def parked(merchant_id: str, endpoint_id: str, limit: int) -> list[Progress]:
    """An endpoint's oldest parked deliveries. One parked a moment ago may be missing, one released still there."""
    page = dynamo.query(
        TABLE, f"{merchant_id}#{endpoint_id}", limit=limit, index=_WAITING, key_names=_WAITING_KEYS, between=("d", "e")
    )
    return [_progress(item) for item in page.items]


def due(shard: int, until: datetime) -> Iterator[Progress | tuple[str, str]]:
    """What is to be looked at until then: failing deliveries, and endpoints (merchant and id) to visit."""
    for item in _all(f"due#{shard}", ("0", timestamp(until)), _WAITING):
        if item["sk"].startswith("health#"):
            yield item["pk"], item["sk"].removeprefix("health#")
        else:
            yield _progress(item)


def add_deliveries(deliveries: Iterable[Planned], now: datetime) -> None:
    """Keep deliveries of events that just got their place: nobody can have made these before."""
    dynamo.batch_put(TABLE, [_delivery_item(delivery, now) for delivery in deliveries])


def add_missing_delivery(planned: Planned, now: datetime, *, indexed: bool = False) -> bool:
    """Keep a delivery if there is none yet, else the outcome of the one that is there stays; whether there was none.

    If it is to be `indexed`, a pending one needs no message: the index has it sent.
    """
    item = _delivery_item(planned, now)
    if indexed and planned.status == "pending":
        item |= _due(now, *planned.key.item_key)
    try:
        aws.dynamodb().put_item(
            TableName=dynamo.table(TABLE),
            Item=dynamo.encode(item),
            ConditionExpression="attribute_not_exists(pk)",
        )
    except botocore.exceptions.ClientError as error:
        if not _condition_failed(error):
            raise
        return False
    return True


def record_attempt(
    key: DeliveryKey,
    status: DeliveryStatus,
    number: int,
    attempt: Attempt,
    next_attempt_at: datetime | None = None,
    back_at: datetime | None = None,
) -> None:
    """Keep how attempt `number` went. Of a delivery that stays pending, `back_at` is when the index brings it back.

    Failures are kept beside it, too, in a ring of attributes, which takes neither a read nor another write.

    A success stands for ever. A failure is kept only if the delivery is still pending and no later attempt is on
    record: a message that SQS gives out twice then changes nothing the second time.
    """
    condition = "#status <> :delivered" if status == "delivered" else "#status = :pending AND attempts < :number"
    values: dict[str, Any] = {":delivered": "delivered"} if status == "delivered" else {":pending": "pending"}
    fields = {
        "last_attempt": attempt.model_dump(exclude_none=True),
        "next_attempt_at": _time(next_attempt_at),
        **({"delivered_at": attempt.at} if status == "delivered" else _logged(number, attempt)),
    }
    values |= {":number": number}
    _update_delivery(
        key, status, f"attribute_exists(pk) AND {condition}", values, fields, back_at, ["attempts = :number"]
    )


def set_aside(
    key: DeliveryKey, status: Literal["parked", "discarded", "expired"], of: DeliveryStatus = "pending"
) -> None:
    """Take a delivery that is pending, or as `of` says, out of sending without an attempt."""
    _update_delivery(key, status, "#status = :of", {":of": of}, {"next_attempt_at": None})


def release(progress: Progress, now: datetime) -> bool:
    """Have a delivery that is parked (or settled, as `progress` says) sent, its schedule begun anew; False if it is not
    as `progress` says any longer.

    It stands in the index from now on, so that it is sent even if its message never is: send that behind this.
    """
    condition = "#status = :of AND attempts = :attempts"
    values = {":of": progress.status, ":attempts": progress.attempts}
    fields = {"next_attempt_at": timestamp(now)}
    return _update_delivery(
        progress.key, "pending", condition, values, fields, now + LEASE, settings=["uncounted = attempts"]
    )


def bring_back(progress: Progress, at: datetime) -> bool:
    """Have the index bring a pending delivery back at that time, if nothing happened to it since it was read."""
    condition = "#status = :pending AND attempts = :attempts"
    values: dict[str, Any] = {":pending": "pending", ":attempts": progress.attempts}
    return _update_delivery(progress.key, "pending", condition, values, {}, at)


def get_delivery(key: DeliveryKey) -> Delivery:
    """The delivery; 404 if there is none."""
    delivery = dynamo.get(Ref(TABLE, key.item_key, lambda item: None if item is None else read_delivery(item)))
    if delivery is None:
        raise NotFound("delivery", key.id)
    return delivery


def list_deliveries(merchant_id: str, endpoint_id: str, limit: int, cursor: str | None) -> Page:
    """An endpoint's deliveries, newest event first, as items that `read_delivery` reads."""
    return dynamo.query(TABLE, f"{merchant_id}#{endpoint_id}", limit=limit, cursor=cursor, forward=False)


def read_delivery(item: Item) -> Delivery:
    """The delivery in an item."""
    key = _progress(item).key
    attempts = {one["at"]: one for one in (item.get(_slot(number)) for number in range(_LOGGED)) if one}
    if "last_attempt" in item:
        attempts[item["last_attempt"]["at"]] = item["last_attempt"]
    log = [attempts[at] for at in sorted(attempts)]
    named = {"id": key.id, "endpoint_id": key.endpoint_id, "position": str(key.position), "attempt_log": log}
    return Delivery.model_validate(item | named)


def _logged(number: int, attempt: Attempt) -> Item:
    brief = attempt.model_copy(update={"excerpt": attempt.excerpt and attempt.excerpt[:_EXCERPT]})
    return {_slot(number): brief.model_dump(exclude_none=True)}


def _slot(number: int) -> str:
    return f"attempt{number % _LOGGED}"


def _delivery_item(planned: Planned, now: datetime) -> Item:
    pk, sk = planned.key.item_key
    ref = planned.ref
    return {
        "pk": pk,
        "sk": sk,
        "status": planned.status,
        "endpoint_version": planned.endpoint_version,
        "attempts": 0,
        "event_id": ref.id,
        "event_type": ref.type,
        "entity_id": ref.entity_id,
        "version": ref.version,
        "ordinal": ref.ordinal,
        "created_at": timestamp(now),
        "next_attempt_at": timestamp(now) if planned.status == "pending" else None,
        **({"waiting_pk": pk, "waiting_sk": sk} if planned.status == "parked" else {}),
    }


def _progress(item: Item) -> Progress:
    merchant_id, endpoint_id = item["pk"].split("#")
    page, index = map(int, item["sk"][1:].split("."))
    return Progress(
        key=DeliveryKey(merchant_id, endpoint_id, Position(page, index)),
        entity_id=item["entity_id"],
        version=int(item["version"]),
        ordinal=int(item["ordinal"]),
        status=item["status"],
        attempts=int(item["attempts"]),
        uncounted=int(item.get("uncounted", 0)),
        created_at=datetime.fromisoformat(item["created_at"]),
        next_attempt_at=_moment(item.get("next_attempt_at")),
        back_at=_moment(item.get("waiting_sk")) if item["status"] == "pending" else None,
    )


def _all(pk: str, between: tuple[str, str], index: str | None = None) -> Iterator[Item]:
    """All items of a partition, of the table or the index, page by page."""
    names = _WAITING_KEYS if index else ("pk", "sk")
    cursor = None
    while True:
        page = dynamo.query(TABLE, pk, limit=1000, cursor=cursor, index=index, key_names=names, between=between)
        yield from page.items
        cursor = page.next_cursor
        if cursor is None:
            return


def _update_delivery(
    key: DeliveryKey,
    status: DeliveryStatus,
    condition: str,
    values: Mapping[str, Any],
    fields: Mapping[str, Any],
    back_at: datetime | None = None,
    settings: Sequence[str] = (),
) -> bool:
    """Change a delivery, and its place in the index with it: a parked one is there by its position, a pending one by
    the time to bring it back, all others are not. `fields` are set, or removed where None. Whether the condition held.
    """
    pk, sk = key.item_key
    place = {"waiting_pk": pk, "waiting_sk": sk} if status == "parked" else _due(back_at, pk, sk)
    changed = {"waiting_pk": None, "waiting_sk": None, **fields, **place}
    kept = {name: value for name, value in changed.items() if value is not None}
    gone = ", ".join(name for name, value in changed.items() if value is None)
    expression = ", ".join(["SET #status = :status", *settings, *(f"{name} = :{name}" for name in kept)])
    try:
        aws.dynamodb().update_item(
            TableName=dynamo.table(TABLE),
            Key={"pk": {"S": pk}, "sk": {"S": sk}},
            UpdateExpression=f"{expression} REMOVE {gone}" if gone else expression,
            ConditionExpression=condition,
            ExpressionAttributeNames={"#status": "status"},
            ExpressionAttributeValues=dynamo.encode(
                {":status": status, **values, **{f":{name}": value for name, value in kept.items()}}
            ),
        )
    except botocore.exceptions.ClientError as error:
        if not _condition_failed(error):
            raise
        return False
    return True


def _condition_failed(error: botocore.exceptions.ClientError) -> bool:
    return error.response["Error"]["Code"] == "ConditionalCheckFailedException"


# --- replays ---------------------------------------------------------------------------------------------------------


def begin_replay(call: Call[Any, Any], replay: Replay) -> Answer:
    """Keep a new replay, once for each Idempotency-Key; it is among the running ones from then on."""
    answer = Answer(202, replay.json_bytes(), replay.version)
    put = dynamo.put(TABLE, _replay_item(call.merchant_id, replay))
    dynamo.commit([Guarded(put), *map(Guarded, call.once(answer))])
    return answer


def get_replay(merchant_id: str, replay_id: str) -> Replay:
    """The replay; 404 if there is none."""
    replay = dynamo.get(documents.ref(TABLE, _replay_key(merchant_id, replay_id), Replay))
    if replay is None:
        raise NotFound("replay", replay_id)
    return replay


def running_replays() -> list[tuple[str, Replay]]:
    """Replays of all merchants that are not at their end, with whose each is: the 100 that began first."""
    page = dynamo.query(TABLE, "replays", limit=_AT_WORK, index=_WAITING, key_names=_WAITING_KEYS)
    refs = [documents.ref(TABLE, (item["pk"], item["sk"]), Replay) for item in page.items]
    found = dynamo.fetch(refs)
    replays = [(ref.key[0], dynamo.resolve(ref, found)) for ref in refs]
    return [(merchant_id, replay) for merchant_id, replay in replays if replay and replay.status == "running"]


def save_replay(merchant_id: str, replay: Replay) -> bool:
    """Keep a replay's new version; False if somebody else took it further."""
    try:
        dynamo.transact([dynamo.put(TABLE, _replay_item(merchant_id, replay), version=replay.version - 1)])
    except ConditionFailed:
        return False
    return True


def _replay_key(merchant_id: str, replay_id: str) -> tuple[str, str]:
    return merchant_id, f"replay#{replay_id}"


def _replay_item(merchant_id: str, replay: Replay) -> Item:
    at_work = {"waiting_pk": "replays", "waiting_sk": f"{replay.created_at}#{replay.id}"}
    attributes = at_work if replay.status == "running" else {}
    return documents.item(_replay_key(merchant_id, replay.id), replay, replay.json_bytes(), attributes)
