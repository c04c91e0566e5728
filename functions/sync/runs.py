"""Runs: what is told in many calls, counted together.

run    pk <merchant>        sk run#<id>      counts beside the document, which calls add to
told   pk <merchant>#<run>  sk told#<hash>   the names of the records of one call; expires

A call first writes down what it tells, on condition that the run goes on, then does it, then adds up what came of it.
So what was told is never taken for missing, whatever breaks in between; a call that is repeated writes the same again.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from pos import documents, dynamo, outbox
from pos.clock import timestamp
from pos.dynamo import Guarded, Item, Page, Ref
from pos.errors import DomainError, Invalid, NotFound
from pos.http import Answer, Call
from pos.links import TABLE
from sync.models import EntityKind, SyncRun

_KEPT = timedelta(days=30)
_CALLS = 100


def add(call: Call[Any, Any], run: SyncRun) -> Answer:
    """Keep a new run."""
    attributes = {"status": run.status, "about": _about(run.source, run.type)}
    key = _key(call.merchant_id, run.id)
    return documents.save(call, TABLE, key, run, ["sync_run.created"], status=201, attributes=attributes)


def get(merchant_id: str, run_id: str) -> SyncRun:
    """The run, with its counts by now; 404 if there is none."""
    run = dynamo.get(Ref(TABLE, _key(merchant_id, run_id), lambda item: read(item) if item else None))
    if run is None:
        raise NotFound("sync_run", run_id)
    return run


def list_runs(merchant_id: str, limit: int, cursor: str | None) -> Page:
    """The merchant's runs, newest first, as items that `read` reads."""
    between = ("run#", "run#~")
    return dynamo.query(TABLE, merchant_id, between=between, limit=limit, cursor=cursor, forward=False)


def read(item: Item) -> SyncRun:
    """The run in an item, with its counts."""
    counts = {name.removeprefix("count_"): int(item[name]) for name in sorted(item) if name.startswith("count_")}
    run = documents.read(SyncRun, item)
    return run.model_copy(update={"calls": int(item.get("calls", 0)), "counts": counts})


def begin(call: Call[Any, Any], run_id: str, source: str, kind: EntityKind, names: Sequence[str]) -> None:
    """Write down what a call tells; 422 if there is no such run of this source and kind, 409 if it is over."""
    told = dynamo.pack(json.dumps(sorted(set(names))).encode())
    expires = int((call.now + _KEPT).timestamp())
    pk, sk = f"{call.merchant_id}#{run_id}", f"told#{hashlib.sha256(told).hexdigest()[:32]}"
    counted = dynamo.update(
        TABLE,
        _key(call.merchant_id, run_id),
        "ADD calls :one SET called_at = :at",
        {":one": 1, ":at": timestamp(call.now), ":running": "running", ":about": _about(source, kind)},
        condition="#status = :running AND about = :about",
        names={"#status": "status"},
    )
    note = dynamo.put(TABLE, {"pk": pk, "sk": sk, "told": told, "expires_at": expires}, version=None)
    dynamo.commit([Guarded(counted, lambda found: _refusal(found, run_id, source, kind)), Guarded(note)])


def count(merchant_id: str, run_id: str, counts: Mapping[str, int]) -> None:
    """Add what came of a call."""
    values = {f":{name}": times for name, times in counts.items()}
    adds = ", ".join(f"count_{name} :{name}" for name in counts)
    dynamo.transact([dynamo.update(TABLE, _key(merchant_id, run_id), f"ADD {adds}", values)])


def save(call: Call[Any, Any], run: SyncRun, event: str | None = None) -> SyncRun:
    """Keep a run's new version beside its counts, with its event."""
    body = run.json_bytes()
    kept = dynamo.update(
        TABLE,
        _key(call.merchant_id, run.id),
        "SET doc = :doc, #status = :status, #version = :version",
        {":doc": dynamo.pack(body), ":status": run.status, ":version": run.version, ":before": run.version - 1},
        condition="#version = :before",
        names={"#status": "status", "#version": "version"},
    )
    entity = outbox.Entity(SyncRun.KIND, run.id, run.version)
    told = [Guarded(outbox.write(call.merchant_id, entity, [event], body, call.now))] if event else []
    dynamo.commit([Guarded(kept, documents.LostRace(SyncRun.KIND)), *told])
    return run


def told(merchant_id: str, run_id: str) -> set[str]:
    """The names of all records that the run's calls told."""
    names: set[str] = set()
    cursor = None
    while True:
        page = dynamo.query(TABLE, f"{merchant_id}#{run_id}", between=("told#", "told#~"), limit=_CALLS, cursor=cursor)
        for item in page.items:
            names |= set(json.loads(dynamo.unpack(item["told"])))
        cursor = page.next_cursor
        if cursor is None:
            return names


def _refusal(found: Item | None, run_id: str, source: str, kind: EntityKind) -> DomainError:
    if found is None:
        return Invalid("sync_run.unknown", f"There is no run {run_id}.", "/run_id")
    if found["about"] != _about(source, kind):
        return Invalid("sync_run.other", f"The run is not about the {kind}s of {source}.", "/run_id")
    return DomainError("sync_run.not_open", f"The run is {found['status']}; begin another.")


def _about(source: str, kind: EntityKind) -> str:
    return f"{source}#{kind}"


def _key(merchant_id: str, run_id: str) -> tuple[str, str]:
    return merchant_id, f"run#{run_id}"
