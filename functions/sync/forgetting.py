"""Taking what is personal out of what synchronisation keeps, when somebody is erased.

Of a record about them stays that there is one: the source's id and ours, so that the source cannot bring them back.
"""

from collections.abc import Iterable
from typing import Any

from pos import dynamo, outbox
from pos.clock import timestamp
from pos.dynamo import Guarded
from pos.http import Call
from sync import store
from sync.models import Conflict, EntityKind, Link

type Names = Iterable[tuple[str, str]]
"""Sources, each with its id for an entity."""


def forget(call: Call[Any, Any], kind: EntityKind, entity_id: str, names: Names) -> None:
    """Empty the links and the conflicts of an entity that sources know by these names, and the conflicts' events."""
    for source, external_id in names:
        link = _link_of(call.merchant_id, kind, entity_id, source, external_id)
        if link is not None:
            _empty(call, kind, source, external_id, link)


def forgotten(call: Call[Any, Any], kind: EntityKind, entity_id: str, names: Names) -> list[Guarded]:
    """What holds a transaction to there being nothing left (again) in the links of these names."""
    writes = []
    for source, external_id in names:
        stored = dynamo.get(store.link_ref(call.merchant_id, source, kind, external_id))
        if stored is None:
            writes.append(store.no_link(call.merchant_id, source, kind, external_id))
        elif stored.entity_id == entity_id:
            if stored.base or stored.contested:
                raise store.LinkTaken
            writes.append(store.link_write(call, source, kind, external_id, _next(stored)))
    return writes


def _link_of(merchant_id: str, kind: EntityKind, entity_id: str, source: str, external_id: str) -> Link | None:
    link = dynamo.get(store.link_ref(merchant_id, source, kind, external_id))
    return link if link is not None and link.entity_id == entity_id else None


def _empty(call: Call[Any, Any], kind: EntityKind, source: str, external_id: str, link: Link) -> None:
    writes = [store.link_write(call, source, kind, external_id, _next(link))]
    id = store.conflict_id(call.merchant_id, source, kind, external_id)
    conflict = dynamo.get(store.conflict_ref(call.merchant_id, id))
    if conflict is not None:
        outbox.rewrite(call.merchant_id, id, lambda data: _redacted(Conflict.model_validate_json(data)).json_bytes())
        now = _redacted(conflict).changed(
            call.now, status="resolved", resolved_at=timestamp(call.now), resolved_by=call.caller.actor
        )
        writes += store.conflict_writes(call, now)
    dynamo.commit(writes)


def _next(link: Link) -> Link:
    return link.model_copy(update={"base": {}, "parts": {}, "contested": (), "version": link.version + 1})


def _redacted(conflict: Conflict) -> Conflict:
    return conflict.model_copy(update={"entity_name": "", "fields": (), "note": None})
