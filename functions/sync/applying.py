"""Doing what a source's record comes to: all of it in one transaction, so that what is agreed on never differs from
what we have.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pos import dynamo, links
from pos.clock import timestamp
from pos.documents import Document, LostRace, stamp
from pos.dynamo import Guarded
from pos.errors import DomainError
from pos.http import Call
from sync import kinds, matching, planning, store
from sync.kinds import Kind
from sync.matching import Matched
from sync.models import Conflict, Link, Owner, RecordProblem, RecordResult, SourceRecord, Sync
from sync.planning import Plan

_ATTEMPTS = 5


def apply[R: SourceRecord, E: Document](
    call: Call[Any, Any], kind: Kind[R, E], sync: Sync, matched: Matched[R, E], owners: Mapping[str, Owner]
) -> RecordResult:
    """Do what a record asks for. What is wrong with it is its result, and holds up no other record.

    Whoever changes the same entity at this moment has it read and compared again.
    """
    # It is the whole call that may be repeated, and a repeat finds by comparing what is done already.
    once = replace(call, idempotency_key=None, if_match=None)
    for attempt in range(_ATTEMPTS):
        refused: DomainError | None = None
        try:
            plan = planning.plan(once, kind, sync.source, matched, owners)
            if plan.entity is not None and kinds.living(plan.entity):
                kind.check(once.merchant_id, plan.entity, matched.living)
            if not sync.dry_run:
                _write(once, kind, sync.source, matched, plan)
            return _result(once, kind, sync, matched, plan)
        except (LostRace, links.LinkTaken, dynamo.ConditionFailed):
            dynamo.pause(attempt)
        except DomainError as error:
            if error.status >= 500:
                raise
            if kinds.lost_race(error):
                dynamo.pause(attempt)
            else:
                refused = error
        [now] = matching.match(call.merchant_id, kind, sync, [matched.record])
        # Of two calls with the same new record, the later may find its own codes taken by the earlier.
        if refused is not None and now.link == matched.link:
            return invalid(matched.record.external_id, refused)
        matched = now
    return RecordResult(external_id=matched.record.external_id, result="deferred")


def invalid(external_id: str | None, error: DomainError) -> RecordResult:
    """The result of a record that cannot be accepted."""
    problems = tuple(RecordProblem(pointer=one.pointer, code=error.code, detail=one.detail) for one in error.errors)
    whole = RecordProblem(pointer="", code=error.code, detail=error.detail)
    return RecordResult(external_id=external_id, result="invalid", errors=problems or (whole,))


def settled(call: Call[Any, Any], conflict: Conflict, resolution: str, note: str | None = None) -> Conflict:
    """The conflict as it is decided."""
    return conflict.changed(
        call.now,
        status="resolved",
        resolution=resolution,
        resolved_at=timestamp(call.now),
        resolved_by=call.caller.actor,
        note=note,
    )


def save[E: Document](
    call: Call[Any, Any], kind: Kind[Any, E], entity: E | None, before: E | None, also: list[Guarded]
) -> None:
    """Keep the entity's new version, if there is one, and what is to be written with it."""
    if entity is not None:
        event = "created" if before is None else "updated" if kinds.living(entity) else "deleted"
        kind.save(call, entity, before, f"{kind.name}.{event}", also)
    elif also:
        dynamo.commit([*also, *(kind.still(call.merchant_id, before) if before is not None else ())])


def _write[R: SourceRecord, E: Document](
    call: Call[Any, Any], kind: Kind[R, E], source: str, matched: Matched[R, E], plan: Plan[E]
) -> None:
    conflict = _conflict_writes(call, kind, source, matched, plan)
    # A conflict is never written without its link, so that whoever has the link's version has both.
    link = plan.link or (matched.link if conflict else None)
    also = conflict + ([_link_write(call, kind, source, matched, link)] if link is not None else [])
    save(call, kind, plan.entity, matched.living or (matched.entity if plan.entity is None else None), also)


def _link_write(
    call: Call[Any, Any], kind: Kind[Any, Any], source: str, matched: Matched[Any, Any], link: Link
) -> Guarded:
    following = link.model_copy(update={"version": link.version + 1})
    return store.link_write(call, source, kind.name, matched.record.external_id, following)


def _conflict_writes[R: SourceRecord, E: Document](
    call: Call[Any, Any], kind: Kind[R, E], source: str, matched: Matched[R, E], plan: Plan[E]
) -> list[Guarded]:
    """Open the record's conflict, say anew what it is about, or end it when both sides agree again."""
    was_contested = matched.link is not None and bool(matched.link.contested)
    if not plan.contested and (plan.link is None or not was_contested):
        return []
    id = links.conflict_id(call.merchant_id, source, kind.name, matched.record.external_id)
    stored = dynamo.get(store.conflict_ref(call.merchant_id, id))
    if not plan.contested:
        if stored is None or stored.status == "resolved":
            return []
        return store.conflict_writes(call, settled(call, stored, "agreed"))
    if stored is not None and stored.status == "open" and stored.fields == plan.contested:
        return []
    entity = plan.entity or matched.entity
    told: dict[str, Any] = {
        "entity_id": entity.id if entity else "",
        "entity_name": kind.label(entity) if entity else "",
        "status": "open",
        "fields": plan.contested,
        "resolution": None,
        "resolved_at": None,
        "resolved_by": None,
        "note": None,
    }
    if stored is not None:
        return store.conflict_writes(call, stored.changed(call.now, **told))
    record = {"source": source, "kind": kind.name, "external_id": matched.record.external_id}
    return store.conflict_writes(call, Conflict.model_validate({**record, **told, "id": id, **stamp(call.now)}))


def _result[R: SourceRecord, E: Document](
    call: Call[Any, Any], kind: Kind[R, E], sync: Sync, matched: Matched[R, E], plan: Plan[E]
) -> RecordResult:
    entity = plan.entity or matched.entity
    created_dry = sync.dry_run and plan.outcome == "created"
    external_id = matched.record.external_id
    contested = plan.outcome == "conflict"
    return RecordResult(
        external_id=external_id,
        result=plan.outcome,
        id=entity.id if entity and not created_dry else None,
        version=entity.version if entity and not created_dry else None,
        conflict_id=links.conflict_id(call.merchant_id, sync.source, kind.name, external_id) if contested else None,
    )
