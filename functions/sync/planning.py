"""What a source's record comes to: compared field by field with what we have. It reads past versions, if at all, and
writes nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pos import outbox
from pos.documents import Document
from pos.http import Call
from sync import rules, store
from sync.kinds import Kind, Parts
from sync.matching import Matched
from sync.models import Contested, Link, Outcome, Owner, SourceRecord
from sync.rules import WHOLE, Fields, Merged


@dataclass(frozen=True, slots=True)
class Plan[E: Document]:
    """What is to be done: the entity's new version (None: it stays as it is), the link's next state (None: likewise),
    and what a person has to decide.
    """

    outcome: Outcome
    entity: E | None = None
    link: Link | None = None
    contested: tuple[Contested, ...] = ()


def plan[R: SourceRecord, E: Document](
    call: Call[Any, Any], kind: Kind[R, E], source: str, matched: Matched[R, E], owners: Mapping[str, Owner]
) -> Plan[E]:
    """Compare a record with what we have. Raises what the entity's service refuses; what it refers to is not looked
    up.
    """
    record, link = matched.record, matched.link
    if link is not None and record.changed_at and link.changed_at and record.changed_at < link.changed_at:
        return _standing(link)
    kind.check_record(record, matched.entity)
    if record.deleted:
        return _deletion(call, kind, matched, owners)
    if link is not None and not link.deleted and matched.living is None:
        return _return(call, kind, source, matched, link, owners)
    return _change(call, kind, source, matched, owners)


def _change[R: SourceRecord, E: Document](
    call: Call[Any, Any], kind: Kind[R, E], source: str, matched: Matched[R, E], owners: Mapping[str, Owner]
) -> Plan[E]:
    """Field by field; an entity that we do not have is made of all that is told."""
    record, before = matched.record, matched.living
    link = matched.link if matched.link is not None and before is not None else Link(entity_id="")
    known = {**link.parts, **kind.parts(record, before, link.parts)}
    theirs = kind.told(record, link.base) | matched.references
    if before is not None and record.known_version is not None:
        link = _knowing(call, kind, link, before, record.known_version)
    merged = _merged(call, kind, link, before, known, theirs, owners)
    ids: Mapping[str, str] = link.parts
    if before is not None and not merged.change and kind.marked(before, source, record.external_id) is before:
        entity = before
    else:
        fields = kind.completed(merged.change, {**link.base, **theirs})
        entity, ids = kind.changed(call, before, fields, known)
        entity = kind.marked(entity, source, record.external_id)
    following = Link(
        entity_id=entity.id,
        version=matched.link.version if matched.link else 0,
        base=kind.pruned(merged.base),
        parts={**link.parts, **ids},
        contested=tuple(one.path for one in merged.contested),
        changed_at=record.changed_at or link.changed_at,
        entity_version=link.entity_version or entity.version,
    )
    if kind.flat(entity, following.parts).items() >= following.base.items():
        following = following.model_copy(update={"entity_version": entity.version})
    outcome: Outcome = "created" if before is None else "updated" if entity is not before else "unchanged"
    return Plan(
        "conflict" if merged.contested else outcome,
        entity if entity is not before else None,
        following if _tells_more(following, matched.link) else None,
        merged.contested,
    )


def _knowing[E: Document](call: Call[Any, Any], kind: Kind[Any, E], link: Link, before: E, version: int) -> Link:
    """The link with what we had in a version that the source has taken over as agreed on, but for what is contested."""
    if not link.base or not link.entity_version < version <= before.version:
        return link
    data = before.json_bytes() if version == before.version else outbox.data_of(call.merchant_id, before.id, version)
    ours = kind.flat(type(before).model_validate_json(data), link.parts)
    taken = {path: ours[path] for path in link.base if path in ours and path not in link.contested}
    return link.model_copy(update={"base": {**link.base, **taken}, "entity_version": version})


def _tells_more(following: Link, link: Link | None) -> bool:
    """Whether a link is worth writing. From which version on echoes are looked for may be told later."""
    return link is None or following.model_copy(update={"entity_version": link.entity_version}) != link


def _merged[R: SourceRecord, E: Document](
    call: Call[Any, Any],
    kind: Kind[R, E],
    link: Link,
    before: E | None,
    known: Parts,
    theirs: Fields,
    owners: Mapping[str, Owner],
) -> Merged:
    if before is None:
        return Merged(dict(theirs), dict(theirs))
    ours = kind.flat(before, known)
    merged = rules.merge(link.base, ours, theirs, owners, {})
    if not merged.contested:
        return merged
    past = store.versions_since(call.merchant_id, before.id, link.entity_version)
    versions = [kind.flat(type(before).model_validate_json(data), known) for data in past]
    return rules.merge(link.base, ours, theirs, owners, rules.echoed(merged.contested, versions))


def _deletion[R: SourceRecord, E: Document](
    call: Call[Any, Any], kind: Kind[R, E], matched: Matched[R, E], owners: Mapping[str, Owner]
) -> Plan[E]:
    """The source has the entity no longer. If we changed it since, a person decides."""
    before, link = matched.living, matched.link
    if before is None:
        return Plan("unchanged", link=link.model_copy(update={"deleted": True}) if link and not link.deleted else None)
    known = link or Link(entity_id=before.id)
    gone = known.model_copy(update={"deleted": True, "contested": (), "changed_at": matched.record.changed_at})
    owner = rules.owner_of(WHOLE, owners)
    if owner == "kasir" or known.deleted:
        return Plan("unchanged", link=gone if gone != link else None)
    ours = kind.flat(before, known.parts)
    if owner == "shared" and rules.differs(known.base, ours, owners):
        contested = Contested(path=WHOLE, base=known.base, ours=ours, theirs=None)
        return Plan("conflict", link=known.model_copy(update={"contested": (WHOLE,)}), contested=(contested,))
    return Plan("deleted", kind.retired(call, before), gone)


def _return[R: SourceRecord, E: Document](
    call: Call[Any, Any],
    kind: Kind[R, E],
    source: str,
    matched: Matched[R, E],
    link: Link,
    owners: Mapping[str, Owner],
) -> Plan[E]:
    """The source goes on with an entity that we retired: if it changed it since, a person decides."""
    theirs = kind.told(matched.record, link.base)
    owner = rules.owner_of(WHOLE, owners)
    if owner == "source":
        return _change(call, kind, source, matched, owners)
    if owner == "kasir" or all(link.base.get(path) == value for path, value in theirs.items()):
        return _standing(link)
    contested = Contested(path=WHOLE, base=link.base, ours=None, theirs={**link.base, **theirs})
    following = link.model_copy(update={"contested": (WHOLE,)})
    return Plan("conflict", link=following if following != link else None, contested=(contested,))


def _standing(link: Link) -> Plan[Any]:
    return Plan("conflict" if link.contested else "unchanged")
