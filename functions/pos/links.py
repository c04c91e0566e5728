"""Where it is kept which record of an outside application is which entity of ours, and what both last said of it.

That is synchronisation's (`sync/store.py`); the kernel knows its keys, since what is personal has to go from there too
when somebody is erased, and the service that erases is one that synchronisation builds on. Of a record about somebody
erased stays that there is one: the source's id and ours, so that the source cannot bring them back.
"""

import json
from collections.abc import Iterable
from typing import Any

from pos import documents, dynamo, outbox
from pos.clock import timestamp
from pos.dynamo import Guarded, Item, Ref
from pos.errors import DomainError
from pos.http import Call
from pos.ids import derived_id

TABLE = "sync"

type Names = Iterable[tuple[str, str]]
"""Sources, each with its id for an entity."""


class LinkTaken(DomainError):
    """Another call synchronised the same record at this moment."""

    def __init__(self) -> None:
        super().__init__("request.conflict", "The record was synchronised by another call at this moment; try again.")


def link_key(merchant_id: str, source: str, kind: str, external_id: str) -> tuple[str, str]:
    """Where the link of a source's record is."""
    return f"{merchant_id}#{source}#{kind}", f"link#{external_id}"


def link_put(call: Call[Any, Any], key: tuple[str, str], version: int, body: bytes, gone: bool) -> Guarded:
    """The link's new version, to be part of a transaction; `gone` says that the source has the record no longer."""
    item = {"pk": key[0], "sk": key[1], "version": version, "at": timestamp(call.now), "gone": gone or None}
    item["doc"] = dynamo.pack(body)
    return Guarded(dynamo.put(TABLE, item, version=version - 1), lambda _: LinkTaken())


def conflict_id(merchant_id: str, source: str, kind: str, external_id: str) -> str:
    """The id of the one conflict that a record can have."""
    return derived_id("cnf", merchant_id, source, kind, external_id)


def conflict_key(merchant_id: str, conflict_id: str) -> tuple[str, str]:
    """Where a conflict is."""
    return f"{merchant_id}#conflicts", conflict_id


def forget(call: Call[Any, Any], kind: str, entity_id: str, names: Names) -> None:
    """Empty the links and the conflicts of an entity that sources know by these names, and the conflicts' events."""
    for source, external_id in names:
        key = link_key(call.merchant_id, source, kind, external_id)
        link = dynamo.get(_ref(key))
        if link is not None and link["entity_id"] == entity_id:
            id = conflict_id(call.merchant_id, source, kind, external_id)
            dynamo.commit([_emptied(call, key, link), *_settled(call, id)])


def forgotten(call: Call[Any, Any], kind: str, entity_id: str, names: Names) -> list[Guarded]:
    """What holds a transaction to there being nothing left, or again, in the links of these names."""
    writes = []
    for source, external_id in names:
        key = link_key(call.merchant_id, source, kind, external_id)
        link = dynamo.get(_ref(key))
        if link is None:
            writes.append(Guarded(dynamo.check(TABLE, key, "attribute_not_exists(pk)", {}), LinkTaken()))
        elif link["entity_id"] == entity_id:
            if link["base"] or link["contested"]:
                raise LinkTaken
            writes.append(_emptied(call, key, link))
    return writes


def _emptied(call: Call[Any, Any], key: tuple[str, str], link: dict[str, Any]) -> Guarded:
    version = link["version"] + 1
    emptied = {**link, "base": {}, "parts": {}, "contested": [], "version": version}
    return link_put(call, key, version, json.dumps(emptied).encode(), link["deleted"])


def _settled(call: Call[Any, Any], id: str) -> list[Guarded]:
    """The end of a conflict that says no more than that there was one; its events say no more already."""
    key = conflict_key(call.merchant_id, id)
    conflict = dynamo.get(_ref(key))
    if conflict is None:
        return []
    outbox.rewrite(call.merchant_id, id, lambda data: json.dumps(_redacted(json.loads(data))).encode())
    at, version = timestamp(call.now), conflict["version"] + 1
    end = {"status": "resolved", "resolved_at": at, "resolved_by": call.caller.actor}
    body = json.dumps({**_redacted(conflict), **end, "version": version, "updated_at": at}).encode()
    pk, sk = key
    item = {"pk": pk, "sk": sk, "version": version, "doc": documents.pack(body, "conflict")}
    entity = outbox.Entity("conflict", id, version)
    return [
        Guarded(dynamo.put(TABLE, item, version=version - 1), documents.LostRace("conflict")),
        Guarded(outbox.write(call.merchant_id, entity, ["conflict.resolved"], body, call.now)),
    ]


def _redacted(conflict: dict[str, Any]) -> dict[str, Any]:
    return {**conflict, "entity_name": "", "fields": [], "note": None}


def _ref(key: tuple[str, str]) -> Ref[dict[str, Any] | None]:
    def read(item: Item | None) -> dict[str, Any] | None:
        return None if item is None else json.loads(dynamo.unpack(item["doc"]))

    return Ref(TABLE, key, read)
