"""The audit trail: who did what that an owner wants to know of, and who approved it.

An entry is written in the transaction of the change that it tells of, so there is none without the other; functions may
add entries and do nothing else to them. Its id follows from the change, so a repeat makes the same. It is made of ids,
settings and the reasons that staff gave, never of secrets or of what is personal to a customer.

entry    pk <merchant>   sk <at>#<id>    index by_actor: pk <merchant>#<actor>, the same sk
                                         index by_action: pk <merchant>#<action>, the same sk
"""

from typing import Any

from pydantic import JsonValue

from pos import dynamo
from pos.clock import timestamp
from pos.documents import Document
from pos.dynamo import Guarded, Item, Page, Ref
from pos.http import Call
from pos.ids import derived_id
from pos.model import Output

TABLE = "audit"
_UNTOLD = frozenset({"id", "version", "created_at", "updated_at", "secret", "last_used_at"})


class FieldChange(Output):
    """A setting's value `before` and `after`; null where there was none."""

    field: str
    before: JsonValue = None
    after: JsonValue = None


class AuditEntry(Output):
    """Something sensitive that was done: by whom (`actor`: a person, a device or an API key), at which register, to
    what (`entity_type` and `entity_id`), why, and who approved it, if that needed somebody.

    `amount` is what it came to, in minor units of the merchant's currency at that time, where money is what matters.
    """

    id: str
    at: str
    actor: str
    register_id: str | None = None
    action: str
    entity_type: str
    entity_id: str
    reason: str | None = None
    amount: int | None = None
    approved_by: str | None = None
    approval_id: str | None = None
    changes: tuple[FieldChange, ...] = ()


def entry(
    call: Call[Any, Any], action: str, entity_type: str, entity_id: str, version: int | str, **told: Any
) -> AuditEntry:
    """What the caller does here; `version` is what tells it from the same action on the same entity at another time,
    and `told` are further fields of the entry.
    """
    caller = call.caller
    return AuditEntry(
        id=derived_id("aud", call.merchant_id, entity_type, entity_id, version, action),
        at=timestamp(call.now),
        action=action,
        entity_type=entity_type,
        entity_id=entity_id,
        **{"actor": caller.actor, "register_id": caller.register_id, **told},
    )


def change(call: Call[Any, Any], action: str, before: Document | None, after: Document) -> Guarded:
    """The entry of a document's new version, with what is different from the one before; of a new one, what it has."""
    old = before.model_dump(mode="json") if before else {}
    new = after.model_dump(mode="json")
    changes = tuple(
        FieldChange(field=name, before=old.get(name), after=value)
        for name, value in new.items()
        if name not in _UNTOLD and value != old.get(name)
    )
    return write(call.merchant_id, entry(call, action, after.KIND, after.id, after.version, changes=changes))


def write(merchant_id: str, told: AuditEntry) -> Guarded:
    """The entry, to be part of its change's transaction; 4 write units, of which 2 are of the indexes."""
    item = {
        "pk": merchant_id,
        "sk": _sort_key(told),
        "actor_pk": f"{merchant_id}#{told.actor}",
        "action_pk": f"{merchant_id}#{told.action}",
        "doc": dynamo.pack(told.model_dump_json(exclude_defaults=True).encode()),
    }
    return Guarded(dynamo.put(TABLE, item))


def listing(
    merchant_id: str,
    *,
    actor: str | None,
    action: str | None,
    low: str | None,
    high: str | None,
    limit: int,
    cursor: str | None,
) -> tuple[list[AuditEntry], Page]:
    """A page of entries, newest first: all of them, an actor's or those of one action, from `low` to `high` if given;
    and the page that they are of. With both, an actor's entries are looked through for the action.
    """
    index, key_name, pk = None, "pk", merchant_id
    if actor is not None:
        index, key_name, pk = "by_actor", "actor_pk", f"{merchant_id}#{actor}"
    elif action is not None:
        index, key_name, pk = "by_action", "action_pk", f"{merchant_id}#{action}"
    page = dynamo.query(
        TABLE,
        pk,
        index=index,
        key_names=(key_name, "sk"),
        between=(low or " ", f"{high}~" if high else "~"),
        limit=limit,
        cursor=cursor,
        forward=False,
    )
    refs = [Ref(TABLE, (item["pk"], item["sk"]), _read) for item in page.items]
    found = dynamo.fetch(refs) if index else {(TABLE, (item["pk"], item["sk"])): item for item in page.items}
    entries = [dynamo.resolve(ref, found) for ref in refs]
    return [one for one in entries if action in (None, one.action)], page


def _sort_key(told: AuditEntry) -> str:
    return f"{told.at}#{told.id}"


def _read(item: Item | None) -> AuditEntry:
    if item is None:
        raise LookupError("an index has an audit entry that is not in its table")
    return AuditEntry.model_validate_json(dynamo.unpack(item["doc"]))
