"""POST /v1/sync/conflicts/{id}/resolve"""

from dataclasses import replace
from typing import Any

from pos import dynamo
from pos.dynamo import Guarded
from pos.errors import DomainError, Invalid
from pos.http import Answer, Call, operation
from sync import applying, kinds, rules, store
from sync.entities import ENTITIES
from sync.kinds import Kind
from sync.models import Conflict, Link, Resolution
from sync.planning import Plan
from sync.rules import WHOLE


@operation(permission="sync:write", body=Resolution, answer=Conflict)
def handler(call: Call[Resolution, None]) -> Answer:
    """End a conflict: take theirs, keep ours, or set the fields. Both sides count as agreed then."""
    conflict = store.get_conflict(call.merchant_id, call.path["id"])
    call.expect(conflict.version)
    if conflict.status != "open":
        raise DomainError("conflict.not_open", "This conflict is resolved already.")
    link_ref = store.link_ref(call.merchant_id, conflict.source, conflict.kind, conflict.external_id)
    kind = ENTITIES[conflict.kind]
    entity_ref = kind.ref(call.merchant_id, conflict.entity_id)
    found = dynamo.fetch([link_ref, entity_ref])
    link, entity = dynamo.resolve(link_ref, found), dynamo.resolve(entity_ref, found)
    if link is None:
        raise LookupError("a conflict without its link")
    plan = _plan(call, kind, conflict, link, entity)
    if plan.entity is not None and kinds.living(plan.entity):
        kind.check(call.merchant_id, plan.entity, kinds.living(entity))
    return _save(call, kind, conflict, plan, entity)


def _plan(call: Call[Resolution, None], kind: Kind[Any, Any], conflict: Conflict, link: Link, entity: Any) -> Plan[Any]:
    """The entity with what was decided, and the link that has what the source says as agreed on."""
    theirs = {one.path: one.theirs for one in conflict.fields}
    settled = link.model_copy(update={"contested": (), "base": {**link.base, **theirs}})
    wanted = _wanted(call.body, theirs)
    if WHOLE in theirs:
        return _plan_whole(call, kind, conflict, link, entity)
    if not wanted:
        return Plan("unchanged", link=settled)
    if kinds.living(entity) is None:
        raise DomainError("conflict.outdated", f"The {kind.name} is gone by now: keep ours, or synchronise it again.")
    fields = kind.completed(wanted, {**link.base, **theirs})
    changed, ids = kind.changed(call, entity, fields, link.parts)
    named = settled.model_copy(
        update={
            "parts": {**link.parts, **ids},
            "entity_version": changed.version,
            "base": kind.pruned(settled.base),
        }
    )
    return Plan("updated", changed, named)


def _wanted(body: Resolution, theirs: dict[str, Any]) -> dict[str, Any]:
    """The fields to set here. Refuses fields that are not contested."""
    if body.fields and body.resolution != "merge":
        raise Invalid("conflict.no_merge", "Only a merge names fields.", "/fields")
    for path in body.fields:
        if path not in theirs:
            detail = f"{path} is not contested; change the entity itself."
            raise Invalid("conflict.not_contested", detail, f"/fields/{rules.segment(path)}")
    return dict(theirs) if body.resolution == "theirs" else dict(body.fields)


def _plan_whole(
    call: Call[Resolution, None], kind: Kind[Any, Any], conflict: Conflict, link: Link, entity: Any
) -> Plan[Any]:
    """One side deleted what the other changed: the entity goes, or stays, or is made anew as the source has it."""
    if call.body.resolution == "merge":
        raise Invalid("conflict.no_fields", "One side deleted it: take theirs or keep ours.", "/resolution")
    [whole] = conflict.fields
    theirs: Any = whole.theirs
    living = kinds.living(entity)
    if theirs is None:
        gone = link.model_copy(update={"contested": (), "deleted": True})
        taken = call.body.resolution == "theirs" and living is not None
        return Plan("deleted", kind.retired(call, living) if taken else None, gone)
    agreed = link.model_copy(update={"contested": (), "base": theirs})
    if call.body.resolution == "ours" or living is not None:
        return Plan("unchanged", link=agreed)
    made, ids = kind.changed(call, None, theirs, dict.fromkeys(kind.parts_in(theirs)))
    made = kind.marked(made, conflict.source, conflict.external_id)
    update = {"entity_id": made.id, "entity_version": 1, "parts": dict(ids)}
    return Plan("created", made, agreed.model_copy(update=update))


def _save(
    call: Call[Resolution, None], kind: Kind[Any, Any], conflict: Conflict, plan: Plan[Any], entity: Any
) -> Answer:
    if plan.link is None:
        raise LookupError("a decision without its link")
    link = plan.link.model_copy(update={"version": plan.link.version + 1})
    decided = applying.settled(call, conflict, call.body.resolution, call.body.note)
    answer = Answer(200, decided.seen_by(call.caller).json_bytes(), decided.version)
    once = replace(call, idempotency_key=None, if_match=None)  # the answer is the conflict, not the entity
    also = [
        *store.conflict_writes(once, decided),
        store.link_write(call, conflict.source, conflict.kind, conflict.external_id, link),
        *map(Guarded, call.once(answer)),
    ]
    before = kinds.living(entity) if plan.entity is not None else entity
    applying.save(once, kind, plan.entity, before, also)
    return answer
