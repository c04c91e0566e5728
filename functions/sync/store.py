"""The sync table.

source    pk <merchant>                     sk source#<id>         with what its connector proves itself by, encrypted
link      pk <merchant>#<source>#<kind>     sk link#<external id>   what was last agreed on about a source's record
pointer   pk <merchant>#<source>#<kind>_part  sk part#<name>        the record that tells of a part of that name
conflict  pk <merchant>#conflicts           sk <id>                 index open, sparse: pk <merchant>,
                                                                    sk <updated_at>#<id>

A link changes in the transaction of the entity that it is about, on condition of its version: so what is agreed on is
never ahead of, nor behind, what we have. What connectors keep beside these: sync/connectors/store.py.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from pos import documents, dynamo, links, outbox
from pos.dynamo import Guarded, Item, Page, Ref
from pos.errors import NotFound
from pos.http import Answer, Call
from pos.links import TABLE, conflict_key, link_key
from sync.models import Conflict, EntityKind, Link, Source


class Links(NamedTuple):
    """Links with the external ids of their records, and the cursor that continues them (None at the end)."""

    items: list[tuple[str, Link]]
    next_cursor: str | None


def source_id(name: str) -> str:
    """The id of the source that `external_ids` name so."""
    return f"src_{name}"


def source_ref(merchant_id: str, source_id: str) -> Ref[Source | None]:
    """A source; None if it was not set up."""
    return documents.ref(TABLE, _source_key(merchant_id, source_id), Source)


def get_source(merchant_id: str, source_id: str) -> Source:
    """The source; 404 if it was not set up."""
    source = dynamo.get(source_ref(merchant_id, source_id))
    if source is None:
        raise NotFound("source", source_id)
    return source


def sealed_ref(merchant_id: str, source_id: str) -> Ref[bytes | None]:
    """What a source's connector proves itself by, encrypted; None if it has nothing."""
    return Ref(TABLE, _source_key(merchant_id, source_id), lambda item: item.get("sealed") if item else None)


def save_source(
    call: Call[Any, Any],
    source: Source,
    event: str,
    status: int,
    sealed: bytes | None = None,
    also: Sequence[Guarded] = (),
) -> Answer:
    """Keep a source's new version with its encrypted secrets, and what is to be written `also`; 409 for a new one that
    was set up before.
    """
    key = _source_key(call.merchant_id, source.id)
    attributes = {"sealed": sealed}
    return documents.save(call, TABLE, key, source, [event], status=status, attributes=attributes, extra=also)


def list_sources(merchant_id: str, limit: int, cursor: str | None) -> Page:
    """The merchant's sources, by name."""
    return dynamo.query(TABLE, merchant_id, between=("source#", "source#~"), limit=limit, cursor=cursor)


def link_ref(merchant_id: str, source: str, kind: EntityKind, external_id: str) -> Ref[Link | None]:
    """What we know of a source's record; None if it never told it."""
    return Ref(TABLE, link_key(merchant_id, source, kind, external_id), _read_link)


def list_links(merchant_id: str, source: str, kind: EntityKind, limit: int, cursor: str | None) -> Links:
    """A page of what we know of a source's records."""
    pk = f"{merchant_id}#{source}#{kind}"
    page = dynamo.query(TABLE, pk, between=("link#", "link#~"), limit=limit, cursor=cursor)
    found = [(item["sk"].removeprefix("link#"), _read_link(item)) for item in page.items]
    return Links([(external_id, link) for external_id, link in found if link is not None], page.next_cursor)


def link_write(call: Call[Any, Any], source: str, kind: EntityKind, external_id: str, link: Link) -> Guarded:
    """The link's new version, to be part of a transaction."""
    key = link_key(call.merchant_id, source, kind, external_id)
    return links.link_put(call, key, link.version, link.json_bytes(), link.deleted)


@dataclass(frozen=True, slots=True)
class LinksPage:
    """Records that a source told and has not deleted: their names, each with the time at which that changed last."""

    names: Sequence[tuple[str, str]]
    next_cursor: str | None


def links_page(merchant_id: str, source: str, kind: EntityKind, cursor: str | None, limit: int) -> LinksPage:
    """The next of a source's records of this kind, by name; at most `limit`, and fewer for those that are gone."""
    pk, low = link_key(merchant_id, source, kind, "")
    page = dynamo.query(TABLE, pk, between=(low, f"{low}~"), limit=limit, cursor=cursor)
    names = [(item["sk"].removeprefix(low), item.get("at", "")) for item in page.items if not item.get("gone")]
    return LinksPage(names, page.next_cursor)


def point(merchant_id: str, source: str, kind: EntityKind, within: Mapping[str, str]) -> None:
    """Note by what record (external id) the source tells of each of these names of parts."""
    keys = {name: _pointer_key(merchant_id, source, kind, name) for name in within}
    dynamo.batch_put(TABLE, [{"pk": pk, "sk": sk, "within": within[name]} for name, (pk, sk) in keys.items()])


def pointer_ref(merchant_id: str, source: str, kind: EntityKind, name: str) -> Ref[str | None]:
    """By what record (external id) the source told of a part of this name last; None if by none."""
    key = _pointer_key(merchant_id, source, kind, name)
    return Ref(TABLE, key, lambda item: item["within"] if item else None)


def conflict_ref(merchant_id: str, conflict_id: str) -> Ref[Conflict | None]:
    """A conflict, open or not."""
    return documents.ref(TABLE, conflict_key(merchant_id, conflict_id), Conflict)


def get_conflict(merchant_id: str, conflict_id: str) -> Conflict:
    """The conflict; 404 if there is none."""
    conflict = dynamo.get(conflict_ref(merchant_id, conflict_id))
    if conflict is None:
        raise NotFound("conflict", conflict_id)
    return conflict


def conflict_writes(call: Call[Any, Any], conflict: Conflict) -> list[Guarded]:
    """The conflict's new version with its event, to be part of a transaction."""
    event = "conflict.opened" if conflict.status == "open" else "conflict.resolved"
    key = conflict_key(call.merchant_id, conflict.id)
    open_keys = {"open_pk": call.merchant_id, "open_sk": f"{conflict.updated_at}#{conflict.id}"}
    attributes = open_keys if conflict.status == "open" else {}
    body = conflict.json_bytes()
    return documents.writes(call, TABLE, key, conflict, body, [event], attributes=attributes)


def list_conflicts(merchant_id: str, only_open: bool, limit: int, cursor: str | None) -> Page:
    """The merchant's conflicts: the open ones, latest change first, or all."""
    if not only_open:
        return dynamo.query(TABLE, f"{merchant_id}#conflicts", limit=limit, cursor=cursor)
    keys = dynamo.query(
        TABLE,
        merchant_id,
        index="open",
        key_names=("open_pk", "open_sk"),
        limit=limit,
        cursor=cursor,
        forward=False,
    )
    refs = [documents.ref(TABLE, (key["pk"], key["sk"]), Conflict) for key in keys.items]
    found = dynamo.fetch(refs)
    return Page([found[ref.table, ref.key] for ref in refs if (ref.table, ref.key) in found], keys.next_cursor)


def read_conflict(item: Item) -> Conflict:
    """The conflict in an item of `list_conflicts`."""
    return documents.read(Conflict, item)


def versions_since(merchant_id: str, entity_id: str, version: int) -> list[bytes]:
    """The entity's data (JSON) in its versions from `version` on, but for the newest hundred only."""
    page = outbox.history(merchant_id, entity_id, 100, None)
    return [dynamo.unpack(item["data"]) for item in page.items if int(item["version"]) >= version]


def _source_key(merchant_id: str, source_id: str) -> tuple[str, str]:
    return merchant_id, f"source#{source_id}"


def _pointer_key(merchant_id: str, source: str, kind: str, name: str) -> tuple[str, str]:
    return f"{merchant_id}#{source}#{kind}_part", f"part#{name}"


def _read_link(item: Item | None) -> Link | None:
    return None if item is None else Link.model_validate_json(dynamo.unpack(item["doc"]))
