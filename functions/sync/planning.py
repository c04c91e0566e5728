"""What a source's record comes to: compared field by field with what we have. It reads past versions, if at all, and
writes nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from catalog.models import Product
from pos.http import Call
from sync import products, rules, store
from sync.matching import Matched
from sync.models import Contested, Link, Outcome, Owner
from sync.rules import WHOLE, Fields, Merged


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be done: the product's new version (None: it stays as it is), the link's next state (None: likewise),
    and what a person has to decide.
    """

    outcome: Outcome
    product: Product | None = None
    link: Link | None = None
    contested: tuple[Contested, ...] = ()


def plan(call: Call[Any, Any], source: str, matched: Matched, owners: Mapping[str, Owner]) -> Plan:
    """Compare a record with what we have. Raises what the catalog refuses; what it refers to is not looked up."""
    record, link = matched.record, matched.link
    if link is not None and record.changed_at and link.changed_at and record.changed_at < link.changed_at:
        return _standing(link)
    if record.deleted:
        return _deletion(call, matched, owners)
    if link is not None and not link.deleted and matched.living is None:
        return _return(call, source, matched, link, owners)
    return _change(call, source, matched, owners)


def _change(call: Call[Any, Any], source: str, matched: Matched, owners: Mapping[str, Owner]) -> Plan:
    """Field by field; a product that we do not have is made of all that is told."""
    record, before = matched.record, matched.living
    link = matched.link if matched.link is not None and before is not None else Link(entity_id="")
    known = {**link.parts, **products.parts(record, before, link.parts)}
    theirs = products.told(record, link.base)
    if record.category_external_id is not None:
        theirs["category_id"] = matched.category_id
    merged = _merged(call, link, before, known, theirs, owners)
    product, ids = before, link.parts
    external_ids = {**(before.external_ids if before else {}), source: record.external_id}
    if before is None or merged.change or before.external_ids != external_ids:
        fields = products.completed(merged.change, {**link.base, **theirs})
        product, ids = products.changed(call, before, fields, known)
        product = product.model_copy(update={"external_ids": external_ids})
    kept = product or before
    version = matched.link.version if matched.link else 0
    following = Link(
        entity_id=kept.id if kept else "",
        version=version,
        base=products.pruned(merged.base),
        parts={**link.parts, **ids},
        contested=tuple(one.path for one in merged.contested),
        changed_at=record.changed_at or link.changed_at,
        entity_version=kept.version if kept else 0,
    )
    outcome: Outcome = "created" if before is None else "updated" if product is not before else "unchanged"
    return Plan(
        "conflict" if merged.contested else outcome,
        product if product is not before else None,
        following if following != matched.link else None,
        merged.contested,
    )


def _merged(
    call: Call[Any, Any],
    link: Link,
    before: Product | None,
    known: Mapping[str, str | None],
    theirs: Fields,
    owners: Mapping[str, Owner],
) -> Merged:
    if before is None:
        return Merged(dict(theirs), dict(theirs))
    ours = products.flat(before, known)
    merged = rules.merge(link.base, ours, theirs, owners, {})
    if not merged.contested:
        return merged
    past = store.versions_since(call.merchant_id, before.id, link.entity_version)
    versions = [products.flat(Product.model_validate_json(data), known) for data in past]
    return rules.merge(link.base, ours, theirs, owners, rules.echoed(merged.contested, versions))


def _deletion(call: Call[Any, Any], matched: Matched, owners: Mapping[str, Owner]) -> Plan:
    """The source has the product no longer. If we changed it since, a person decides."""
    before, link = matched.living, matched.link
    if before is None:
        return Plan("unchanged", link=link.model_copy(update={"deleted": True}) if link and not link.deleted else None)
    known = link or Link(entity_id=before.id)
    gone = known.model_copy(update={"deleted": True, "contested": (), "changed_at": matched.record.changed_at})
    owner = rules.owner_of(WHOLE, owners)
    if owner == "kasir" or known.deleted:
        return Plan("unchanged", link=gone if gone != link else None)
    ours = products.flat(before, known.parts)
    if owner == "shared" and rules.differs(known.base, ours, owners):
        contested = Contested(path=WHOLE, base=known.base, ours=ours, theirs=None)
        return Plan("conflict", link=known.model_copy(update={"contested": (WHOLE,)}), contested=(contested,))
    return Plan("deleted", products.retired(call, before), gone)


def _return(call: Call[Any, Any], source: str, matched: Matched, link: Link, owners: Mapping[str, Owner]) -> Plan:
    """The source goes on with a product that we retired: if it changed it since, a person decides."""
    theirs = products.told(matched.record, link.base)
    owner = rules.owner_of(WHOLE, owners)
    if owner == "source":
        return _change(call, source, matched, owners)
    if owner == "kasir" or all(link.base.get(path) == value for path, value in theirs.items()):
        return _standing(link)
    contested = Contested(path=WHOLE, base=link.base, ours=None, theirs={**link.base, **theirs})
    following = link.model_copy(update={"contested": (WHOLE,)})
    return Plan("conflict", link=following if following != link else None, contested=(contested,))


def _standing(link: Link) -> Plan:
    return Plan("conflict" if link.contested else "unchanged")
