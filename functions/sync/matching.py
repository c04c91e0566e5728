"""Which entity of ours a source's record is about, and all else that is read before records are compared."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pos import dynamo
from pos.documents import Document
from pos.dynamo import Item, Ref
from pos.errors import Invalid
from sync import kinds, store
from sync.kinds import Kind
from sync.models import EntityKind, Link, Owner, SourceRecord, Sync

type Found = Mapping[tuple[str, tuple[str, str]], Item]


@dataclass(frozen=True, slots=True)
class Matched[R: SourceRecord, E: Document]:
    """A record with what we have of it: its link, the entity as it is (a tombstone, if it was retired), and the links
    of what it names by the source's ids.
    """

    record: R
    link: Link | None
    entity: E | None
    named: Mapping[str, tuple[EntityKind, str, Link | None]]

    @property
    def living(self) -> E | None:
        """The entity, unless it was retired."""
        return kinds.living(self.entity)

    @property
    def references(self) -> dict[str, str]:
        """The fields that the record tells by the source's ids for other entities, with our ids; 422 if the source
        never told one of them.
        """
        found = {}
        for field, (kind, external_id, link) in self.named.items():
            if link is None:
                pointer = f"/{field.removesuffix('_id')}_external_id"
                raise Invalid(f"{kind}.unknown", f"The source has told no {kind} {external_id}.", pointer)
            found[field] = link.entity_id
        return found


def ownership(merchant_id: str, source: str, kind: EntityKind) -> Mapping[str, Owner]:
    """Who owns which field of the entities of this kind that this source tells."""
    stored = dynamo.get(store.source_ref(merchant_id, store.source_id(source)))
    return stored.ownership.get(kind, {}) if stored else {}


def match[R: SourceRecord, E: Document](
    merchant_id: str, kind: Kind[R, E], sync: Sync, records: Sequence[R]
) -> list[Matched[R, E]]:
    """Each record with what we have of it: by its link, else by its external id on an entity, else by `match_by`.

    Two rounds of reads, or three, a request for each hundred items.
    """
    wanted = [_Refs.of(merchant_id, kind, sync.source, record) for record in records]
    known = dynamo.fetch(ref for refs in wanted for ref in refs.all())
    ids = [refs.entity_id(known) for refs in wanted]
    if sync.match_by:
        new = [record for record, id in zip(records, ids, strict=True) if id is None]
        alike = kind.alike(merchant_id, sync.match_by, new)
        ids = [id or alike.get(record.external_id) for record, id in zip(records, ids, strict=True)]
    entities = {id: kind.ref(merchant_id, id) for id in ids if id is not None}
    found = dynamo.fetch(entities.values())
    return [
        Matched(
            record,
            dynamo.resolve(refs.link, known),
            dynamo.resolve(entities[id], found) if id is not None else None,
            {
                field: (of, external_id, dynamo.resolve(ref, known))
                for field, (of, external_id, ref) in refs.named.items()
            },
        )
        for record, refs, id in zip(records, wanted, ids, strict=True)
    ]


@dataclass(frozen=True, slots=True)
class _Refs:
    """Where to look for what a record is about."""

    link: Ref[Link | None]
    claim: Ref[str | None] | None
    named: Mapping[str, tuple[EntityKind, str, Ref[Link | None]]]

    @classmethod
    def of[R: SourceRecord](cls, merchant_id: str, kind: Kind[R, Any], source: str, record: R) -> "_Refs":
        def link(of: EntityKind, external_id: str) -> Ref[Link | None]:
            return store.link_ref(merchant_id, source, of, external_id)

        return cls(
            link(kind.name, record.external_id),
            kind.claim(merchant_id, source, record.external_id),
            {
                field: (of, external_id, link(of, external_id))
                for field, (of, external_id) in kind.named(record).items()
            },
        )

    def all(self) -> list[Ref[Any]]:
        return [self.link, *([self.claim] if self.claim else []), *(ref for _, _, ref in self.named.values())]

    def entity_id(self, known: Found) -> str | None:
        linked = dynamo.resolve(self.link, known)
        if linked is not None:
            return linked.entity_id
        return dynamo.resolve(self.claim, known) if self.claim else None
