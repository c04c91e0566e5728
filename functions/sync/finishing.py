"""Finishing a run, in steps that fit into a call: count what a snapshot lacks, then retire it.

How far it came is on the run, so another call goes on from there. Retiring what is retired already changes nothing.
"""

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from pos.clock import timestamp
from pos.errors import DomainError
from pos.http import Call
from sync import matching, runs, store, telling
from sync.models import RecordResult, Sync, SyncRun
from sync.telling import Teller

_COUNTED = 1000
_RETIRED = 200
_ALL = 5000  # of what is done one by one, for the order in which it goes may go beyond a page
_FEW = 10


def finish(call: Call[Any, Any], run: SyncRun, by: Teller[Any, Any], retire_at_most: int) -> SyncRun:
    """Go on with finishing a run, as far as time goes."""
    if run.status == "finished":
        return run
    if not run.snapshot:
        return _finished(call, run)
    deadline = time.monotonic() + telling.SECONDS
    if run.status == "running":
        begun = {"status": "finishing", "phase": "counting", "reached": None, "known": 0, "missing": 0}
        run = runs.save(call, run.changed(call.now, **begun))
    told = runs.told(call.merchant_id, run.id)
    run = run.model_copy(update={"told": len(told)})
    if run.phase == "counting":
        run = _count(call, run, told, deadline)
        if run.phase == "counting":
            return run
    if run.phase == "counted":
        _check(call, run, retire_at_most)
        run = runs.save(call, run.changed(call.now, phase="retiring", reached=None))
    return _retire(call, run, told, by, deadline)


def _count(call: Call[Any, Any], run: SyncRun, told: set[str], deadline: float) -> SyncRun:
    """Count what the source told before, and what of that is missing."""
    reached, known, missing = run.reached, run.known or 0, run.missing or 0
    while time.monotonic() < deadline:
        page = store.links_page(call.merchant_id, run.source, run.type, reached, _COUNTED)
        known += len(page.names)
        missing += len(_missing(page, run, told))
        reached = page.next_cursor
        if reached is None:
            break
    phase = "counted" if reached is None else "counting"
    return runs.save(call, run.changed(call.now, phase=phase, reached=reached, known=known, missing=missing))


def _check(call: Call[Any, Any], run: SyncRun, retire_at_most: int) -> None:
    known, missing = run.known or 0, run.missing or 0
    if missing <= _FEW or missing * 100 <= retire_at_most * known:
        return
    runs.save(call, run.changed(call.now, status="running", phase=None, reached=None))
    detail = (
        f"This would retire {missing} of {known}, more than {retire_at_most} %. Tell the rest and finish again, or "
        "finish with a higher retire_at_most if that is right."
    )
    raise DomainError("sync_run.retires_too_much", detail)


def _retire(call: Call[Any, Any], run: SyncRun, told: set[str], by: Teller[Any, Any], deadline: float) -> SyncRun:
    """Retire what is missing, page by page; what there was no time for is left for the next call."""
    if not run.missing:
        return _finished(call, run)
    owners = matching.ownership(call.merchant_id, run.source, run.type)
    limit = _ALL if by.one_by_one else _RETIRED
    reached = run.reached
    while time.monotonic() < deadline:
        page = store.links_page(call.merchant_id, run.source, run.type, reached, limit)
        if records := [by.gone(name) for name in _missing(page, run, told)]:
            sync = Sync.model_construct(source=run.source, records=())
            results = telling.do(call, sync, by, records, owners, deadline)
            if any(result.result == "deferred" for result in results):
                break
            run = runs.save(call, run.changed(call.now, retired=_added(run.retired, results), reached=page.next_cursor))
        reached = page.next_cursor
        if reached is None:
            return _finished(call, run)
    return run if reached == run.reached else runs.save(call, run.changed(call.now, reached=reached))


def _added(before: Mapping[str, int], results: Sequence[RecordResult]) -> dict[str, int]:
    return dict(Counter(before) + Counter[str](result.result for result in results))


def _missing(page: store.LinksPage, run: SyncRun, told: set[str]) -> list[str]:
    """What the source told before the run, and not in it."""
    return [name for name, at in page.names if name not in told and at < run.created_at]


def _finished(call: Call[Any, Any], run: SyncRun) -> SyncRun:
    done = run.changed(call.now, status="finished", phase=None, reached=None, finished_at=timestamp(call.now))
    return runs.save(call, done, "sync_run.finished")
