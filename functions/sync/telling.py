"""What a source tells in one call: each of its records for itself, in order, as far as time goes.

This is what the routes do, and what whoever has records of a source in this process calls (`tell`).
"""

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from pos.documents import Document
from pos.errors import DomainError, Invalid
from pos.http import Call
from sync import applying, matching, runs, store
from sync.kinds import Kind, Reader
from sync.matching import Matched
from sync.models import EntityKind, Owner, RecordResult, SourceRecord, Sync, SyncReport

SECONDS = 20
"""What a call takes for its records; then what is left is deferred: API Gateway waits for 30."""

_threads = ThreadPoolExecutor(16, thread_name_prefix="sync")


@dataclass(frozen=True, slots=True)
class Teller[R: SourceRecord, M]:
    """The steps by which records of one kind are done: read what was sent, put it in an order, `match` it with what we
    have, and `apply` it, one by one if they would only wait for each other. `key` names what a record is about, `named`
    does so for what was sent as one, `gone` makes the record that says that it is there no longer. `again` says whether
    one that was refused may be accepted once others are done.
    """

    kind: EntityKind
    one_by_one: bool
    reader: Callable[[str], Reader[R]]
    key: Callable[[R], str]
    named: Callable[[Mapping[str, Any]], str | None]
    gone: Callable[[str], R]
    waves: Callable[[Sequence[R]], Sequence[Sequence[R]]]
    match: Callable[[Call[Any, Any], Sync, Sequence[R]], Sequence[M]]
    apply: Callable[[Call[Any, Any], Sync, M, Mapping[str, Owner]], RecordResult]
    again: Callable[[RecordResult], bool] = lambda _: False


def teller[R: SourceRecord, E: Document](kind: Kind[R, E]) -> Teller[R, Matched[R, E]]:
    """How entities of this kind are told: field by field, against what both sides last agreed on."""

    def match(call: Call[Any, Any], sync: Sync, records: Sequence[R]) -> list[Matched[R, E]]:
        matched = matching.match(call.merchant_id, kind, sync, records)
        if not sync.dry_run:
            within = {
                name: one.record.external_id
                for one in matched
                for name in kind.names_within(one.record, one.link.parts if one.link else {})
            }
            store.point(call.merchant_id, sync.source, kind.name, within)
        return matched

    def apply(call: Call[Any, Any], sync: Sync, matched: Matched[R, E], owners: Mapping[str, Owner]) -> RecordResult:
        return applying.apply(call, kind, sync, matched, owners)

    def key(record: R) -> str:
        return record.external_id

    def gone(name: str) -> R:
        return kind.record(external_id=name, deleted=True)

    return Teller(
        kind=kind.name,
        one_by_one=kind.one_by_one,
        reader=kind.reader,
        key=key,
        named=external_id_of,
        gone=gone,
        waves=kind.waves,
        match=match,
        apply=apply,
        again=kind.again,
    )


def external_id_of(raw: Mapping[str, Any]) -> str | None:
    """The external id in what was sent as a record, if there is one."""
    external_id = raw.get("external_id")
    return external_id.strip() if isinstance(external_id, str) else None


def tell[R: SourceRecord, M](
    call: Call[Any, Any], sync: Sync, by: Teller[R, M], seconds: float | None = None
) -> SyncReport:
    """Bring up to date here what the records of `sync` tell, on behalf of the caller of `call` (whose body does not
    matter). What there is no time for is deferred.
    """
    deadline = time.monotonic() + (SECONDS if seconds is None else seconds)
    if sync.run_id is not None:
        names = [name for name in map(by.named, sync.records) if name]
        runs.begin(call, sync.run_id, sync.source, by.kind, names)
    results: dict[int, RecordResult] = {}
    places: dict[str, int] = {}
    records: list[R] = []
    read = by.reader(call.merchant_id)
    for position, raw in enumerate(sync.records):
        try:
            record = read(raw)
            if by.key(record) in places:
                raise Invalid("record.repeated", "An earlier record has this external_id.", "/external_id")
            places[by.key(record)] = position
            records.append(record)
        except DomainError as error:
            results[position] = applying.invalid(external_id_of(raw), error)
    owners = matching.ownership(call.merchant_id, sync.source, by.kind)
    done = do(call, sync, by, records, owners, deadline)
    results |= dict(zip(places.values(), done, strict=True))
    ordered = tuple(results[position] for position in range(len(sync.records)))
    counts = Counter[str](result.result for result in ordered)
    if sync.run_id is not None:
        runs.count(call.merchant_id, sync.run_id, counts)
    return SyncReport(source=sync.source, dry_run=sync.dry_run, counts=dict(counts), results=ordered)


def do[R: SourceRecord, M](
    call: Call[Any, Any],
    sync: Sync,
    by: Teller[R, M],
    records: Sequence[R],
    owners: Mapping[str, Owner],
    deadline: float,
) -> list[RecordResult]:
    """Do these records, each once, and say what came of each. What there is no time for is deferred."""
    results: dict[str, RecordResult] = {}
    for ordered in by.waves(records):
        wave = ordered
        while wave:
            done = _apply(call, sync, by, wave, owners, deadline)
            results |= {by.key(record): result for record, result in zip(wave, done, strict=True)}
            left = [record for record, result in zip(wave, done, strict=True) if by.again(result)]
            wave = left if len(left) < len(wave) and not sync.dry_run else []
    return [results[by.key(record)] for record in records]


def _apply[R: SourceRecord, M](
    call: Call[Any, Any],
    sync: Sync,
    by: Teller[R, M],
    records: Sequence[R],
    owners: Mapping[str, Owner],
    deadline: float,
) -> list[RecordResult]:
    matched = by.match(call, sync, records)

    def one(record: R, found: M) -> RecordResult:
        if time.monotonic() > deadline:
            return RecordResult(external_id=record.external_id, result="deferred")
        return by.apply(call, sync, found, owners)

    return list((map if by.one_by_one else _threads.map)(one, records, matched))
