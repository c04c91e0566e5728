"""The staff table: merchants, locations, registers, API keys and what they open.

merchant   pk <merchant>   sk merchant
location   pk <merchant>   sk location#<id>
register   pk <merchant>   sk register#<id>
code       pk <merchant>   sk register-code#<code>    (holds a register's code, so that receipt numbers are unique)
secret     pk <merchant>   sk secret                  (encrypted by KMS: for PINs and sessions)
role       pk <merchant>   sk role#<id>
member     pk <merchant>   sk staff_member#<id>       (`pin`: the hash of their PIN)
API key    pk <merchant>   sk api_key#<id>            (`hash` and, after a rotation, `previous`: what opens for it)
device     pk <merchant>   sk device#<register>       (`hash`: what opens for the device that is paired with it)
attempts   pk <merchant>   sk attempts#<member or register>
approval   pk <merchant>   sk approval#<id>           (TTL removes it)
code       pk pairing#<sha256 of the code>   sk pairing   (like the next, found before the merchant is known)
opening    pk key#<sha256 of the key>   sk key        (the one lookup that comes before the merchant is known)
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Self

from pos import audit, documents, dynamo, outbox
from pos.audit import FieldChange
from pos.clock import timestamp
from pos.documents import Document
from pos.dynamo import Guarded, Item, Page, Ref
from pos.errors import ApprovalRequired, DomainError, Invalid, Needed, NotFound
from pos.http import Answer, Call
from pos.log import logger
from staff import permissions, rules
from staff.models import ApiKey, Approval, Location, Merchant, Register, Role, StaffMember

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

TABLE = "staff"


def merchant_ref(merchant_id: str) -> Ref[Merchant]:
    """The merchant with its settings."""
    return Ref(TABLE, (merchant_id, "merchant"), _read_merchant)


def location_ref(merchant_id: str, location_id: str) -> Ref[Location]:
    """A location that a request names as `location_id`; 422 if the merchant has none such."""
    return Ref(TABLE, (merchant_id, f"location#{location_id}"), lambda item: _named(Location, item, location_id))


def register_ref(merchant_id: str, register_id: str) -> Ref[Register]:
    """A register that a request names as `register_id`; 422 if the merchant has none such."""
    return Ref(TABLE, (merchant_id, f"register#{register_id}"), lambda item: _named(Register, item, register_id))


def get_location(merchant_id: str, location_id: str) -> Location:
    """The location; 404 if the merchant has none such."""
    return _get(Location, merchant_id, location_id)


def get_register(merchant_id: str, register_id: str) -> Register:
    """The register; 404 if the merchant has none such."""
    return _get(Register, merchant_id, register_id)


def save_merchant(call: Call[Any, Any], before: Merchant, merchant: Merchant) -> Answer:
    """Keep changed settings."""
    told = audit.change(call, "merchant.updated", before, merchant)
    return documents.save(call, TABLE, (merchant.id, "merchant"), merchant, ["merchant.updated"], extra=[told])


def add_location(call: Call[Any, Any], location: Location) -> Answer:
    """Keep a new location."""
    return _save(call, None, location, "location.created", 201)


def add_register(call: Call[Any, Any], register: Register) -> Answer:
    """Keep a new register; 422 if another one has its code."""
    key = (call.merchant_id, f"register#{register.id}")
    taken = Invalid("register.code_taken", f"Another register has the code {register.code}.", "/code")
    claim = Guarded(_claim_code(call.merchant_id, register), taken)
    told = audit.change(call, "register.created", None, register)
    return documents.save(call, TABLE, key, register, ["register.created"], status=201, extra=[claim, told])


def save_location(call: Call[Any, Any], before: Location, location: Location) -> Answer:
    """Keep a changed location."""
    return _save(call, before, location, "location.updated")


def save_register(call: Call[Any, Any], before: Register, register: Register) -> Answer:
    """Keep a changed register."""
    return _save(call, before, register, "register.updated")


def listing(merchant_id: str, kind: str, limit: int, cursor: str | None) -> Page:
    """The merchant's locations or registers, oldest first."""
    return dynamo.query(TABLE, merchant_id, limit=limit, cursor=cursor, between=(f"{kind}#", f"{kind}#~"))


def location_after(merchant_id: str, location_id: str) -> str | None:
    """The id of the location that comes behind this one (behind "": the first); None behind the last."""
    between = (f"location#{location_id}!", "location#~")
    found = dynamo.query(TABLE, merchant_id, limit=1, between=between).items
    return found[0]["sk"].partition("#")[2] if found else None


def add_merchant(
    first: tuple[Merchant, Location, Register, ApiKey], key_hash: str, sealed: bytes, now: datetime
) -> None:
    """Keep a new merchant with its first location, register and API key (only its hash), and its sealed secret."""
    merchant, location, register, key = first
    dynamo.transact(
        [
            _first(merchant, "merchant", merchant.id),
            _first(location, f"location#{location.id}", merchant.id),
            _first(register, f"register#{register.id}", merchant.id),
            _claim_code(merchant.id, register),
            _first(key, f"api_key#{key.id}", merchant.id, {"hash": key_hash}),
            dynamo.put(TABLE, _opening(key_hash, merchant.id, key.id, key.permissions, key.expires_at)),
            dynamo.put(TABLE, {"pk": merchant.id, "sk": "secret", "sealed": sealed}),
            *(
                outbox.write(
                    merchant.id, outbox.Entity(one.KIND, one.id, 1), [f"{one.KIND}.created"], one.json_bytes(), now
                )
                for one in first
            ),
        ]
    )


def _get[D: Document](model: type[D], merchant_id: str, id: str) -> D:
    document = dynamo.get(documents.ref(TABLE, (merchant_id, f"{model.KIND}#{id}"), model))
    if document is None:
        raise NotFound(model.KIND, id)
    return document


def _save(call: Call[Any, Any], before: Document | None, document: Document, event: str, status: int = 200) -> Answer:
    key = (call.merchant_id, f"{document.KIND}#{document.id}")
    told = audit.change(call, event, before, document)
    return documents.save(call, TABLE, key, document, [event], status=status, extra=[told])


def secret_ref(merchant_id: str) -> Ref[bytes]:
    """The merchant's secret, encrypted."""
    return Ref(TABLE, (merchant_id, "secret"), _read_secret)


def _read_secret(item: Item | None) -> bytes:
    if item is None:
        raise LookupError("there is no such merchant")
    return bytes(item["sealed"])


def _claim_code(merchant_id: str, register: Register) -> "TransactWriteItemTypeDef":
    return dynamo.put(TABLE, {"pk": merchant_id, "sk": f"register-code#{register.code}", "register_id": register.id})


def _first(
    document: Document, sk: str, merchant_id: str, attributes: Mapping[str, Any] | None = None
) -> "TransactWriteItemTypeDef":
    return dynamo.put(TABLE, documents.item((merchant_id, sk), document, document.json_bytes(), attributes or {}))


def _read_merchant(item: Item | None) -> Merchant:
    if item is None:
        raise LookupError("an authorised caller's merchant has no settings")
    return documents.read(Merchant, item)


def _named[D: Document](model: type[D], item: Item | None, id: str) -> D:
    if item is None:
        raise Invalid(f"{model.KIND}.unknown", f"There is no {model.KIND} {id}.", f"/{model.KIND}_id")
    return documents.read(model, item)


# --- API keys --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class StoredKey:
    """An API key with the hashes that open for it: its own, and that of its predecessor after a rotation."""

    key: ApiKey
    hash: str | None
    previous: str | None

    @property
    def hashes(self) -> list[str]:
        """All that open for it."""
        return [hash for hash in (self.hash, self.previous) if hash is not None]

    def used_at(self, uses: Iterable[str | None]) -> Self:
        """The key with the latest of these uses."""
        last = max((use for use in uses if use is not None), default=None)
        return replace(self, key=self.key.model_copy(update={"last_used_at": last}))

    def check_in_use(self) -> None:
        """Refuse to change a key that was revoked."""
        if self.key.revoked_at is not None:
            raise DomainError("api_key.revoked", f"The key was revoked at {self.key.revoked_at}.")


def get_api_key(merchant_id: str, key_id: str) -> StoredKey:
    """The key with its last use; 404 if the merchant has none such."""
    stored = dynamo.get(Ref(TABLE, (merchant_id, f"api_key#{key_id}"), _read_key))
    if stored is None:
        raise NotFound("api_key", key_id)
    return _with_last_uses([stored])[0]


def list_api_keys(merchant_id: str, limit: int, cursor: str | None) -> tuple[list[ApiKey], str | None]:
    """A page of the merchant's keys, oldest first, each with its last use."""
    page = listing(merchant_id, "api_key", limit, cursor)
    return [one.key for one in _with_last_uses([_stored_key(item) for item in page.items])], page.next_cursor


def add_api_key(call: Call[Any, Any], key: ApiKey, hash: str) -> Answer:
    """Keep a new key, of which only the hash is known."""
    opening = dynamo.put(TABLE, _opening(hash, call.merchant_id, key.id, key.permissions, key.expires_at))
    return _save_key(call, None, key, "api_key.created", [opening], {"hash": hash}, 201)


def rotate_api_key(call: Call[Any, Any], before: StoredKey, key: ApiKey, hash: str) -> Answer:
    """Let a new secret open for the key, and the one before only until the key's `previous_expires_at`. A still older
    one opens no more.
    """
    writes = [dynamo.put(TABLE, _opening(hash, call.merchant_id, key.id, key.permissions, key.expires_at))]
    if before.hash:
        previous = _opening(before.hash, call.merchant_id, key.id, key.permissions, key.previous_expires_at)
        writes.append(dynamo.put(TABLE, previous, version=None))
    if before.previous:
        writes.append(dynamo.delete(TABLE, _opening_key(before.previous)))
    return _save_key(call, before.key, key, "api_key.rotated", writes, {"hash": hash, "previous": before.hash})


def revoke_api_key(call: Call[Any, Any], before: StoredKey, key: ApiKey) -> Answer:
    """Let nothing open for the key any more; it stays for the record."""
    writes = [dynamo.delete(TABLE, _opening_key(hash)) for hash in before.hashes]
    return _save_key(call, before.key, key, "api_key.revoked", writes, {})


def opening_ref(hash: str) -> Ref[Item | None]:
    """What a key with this hash opens: merchant, actor, permissions and until when."""
    return Ref(TABLE, _opening_key(hash), lambda item: item)


def note_use(hash: str, now: datetime) -> None:
    """Keep when a key was used last. Losing that to contention, or to a revocation, is no harm."""
    values = {":now": timestamp(now)}
    note = dynamo.update(TABLE, _opening_key(hash), "SET last_used_at = :now", values, condition="attribute_exists(pk)")
    try:
        dynamo.transact([note])
    except (dynamo.ConditionFailed, dynamo.Busy) as lost:
        logger.warning("a key's use was not noted", extra={"reason": str(lost)})


def _save_key(
    call: Call[Any, Any],
    before: ApiKey | None,
    key: ApiKey,
    event: str,
    writes: "Sequence[TransactWriteItemTypeDef]",
    attributes: Mapping[str, Any],
    status: int = 200,
) -> Answer:
    return documents.save(
        call,
        TABLE,
        (call.merchant_id, f"api_key#{key.id}"),
        key,
        [event],
        status=status,
        attributes=attributes,
        extra=[*map(Guarded, writes), audit.change(call, event, before, key)],
    )


def _opening(
    hash: str,
    merchant_id: str,
    actor: str,
    allowed: Iterable[str],
    expires_at: str | None,
    register_id: str | None = None,
) -> Item:
    pk, sk = _opening_key(hash)
    return {
        "pk": pk,
        "sk": sk,
        "merchant_id": merchant_id,
        "actor": actor,
        "permissions": permissions.text(allowed),
        "expires_at": expires_at,
        "register_id": register_id,
    }


def _opening_key(hash: str) -> tuple[str, str]:
    return f"key#{hash}", "key"


def _read_key(item: Item | None) -> StoredKey | None:
    return None if item is None else _stored_key(item)


def _stored_key(item: Item) -> StoredKey:
    return StoredKey(documents.read(ApiKey, item), item.get("hash"), item.get("previous"))


def _with_last_uses(stored: Sequence[StoredKey]) -> list[StoredKey]:
    """These keys with what their openings know of their last use, which the authorizer keeps there."""
    refs = {hash: opening_ref(hash) for one in stored for hash in one.hashes}
    found = dynamo.fetch(refs.values())
    uses = {hash: (dynamo.resolve(ref, found) or {}).get("last_used_at") for hash, ref in refs.items()}
    return [one.used_at([one.key.last_used_at, *(uses[hash] for hash in one.hashes)]) for one in stored]


# --- roles and staff -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class StoredMember:
    """A person with what is kept of their PIN."""

    member: StaffMember
    pin: bytes | None


def get_role(merchant_id: str, role_id: str) -> Role:
    """A role of the merchant's own; 404 if it has none such."""
    role = dynamo.get(role_ref(merchant_id, role_id))
    if role is None:
        raise NotFound("role", role_id)
    return role


def role_ref(merchant_id: str, role_id: str) -> Ref[Role | None]:
    """A role of the merchant's own; None if there is none, or only its tombstone."""
    return Ref(TABLE, (merchant_id, f"role#{role_id}"), lambda item: _living(Role, item))


def list_roles(merchant_id: str, limit: int, cursor: str | None) -> tuple[list[Role], str | None]:
    """A page of the merchant's own roles, oldest first; tombstones count towards the limit but are left out."""
    page = listing(merchant_id, "role", limit, cursor)
    return [role for item in page.items if (role := _living(Role, item))], page.next_cursor


def save_role(call: Call[Any, Any], before: Role | None, role: Role, event: str, status: int = 200) -> Answer:
    """Keep a role's new version."""
    return _save(call, before, role, event, status)


def get_member(merchant_id: str, member_id: str) -> StoredMember:
    """The person; 404 if the merchant has none such."""
    stored = dynamo.get(member_ref(merchant_id, member_id))
    if stored is None:
        raise NotFound("staff_member", member_id)
    return stored


def member_ref(merchant_id: str, member_id: str) -> Ref[StoredMember | None]:
    """A person; None if there is none, or only a tombstone."""
    return Ref(TABLE, (merchant_id, f"staff_member#{member_id}"), _read_member)


def list_members(merchant_id: str, limit: int, cursor: str | None) -> tuple[list[StaffMember], str | None]:
    """A page of the merchant's staff, oldest first; tombstones count towards the limit but are left out."""
    page = listing(merchant_id, "staff_member", limit, cursor)
    return [member for item in page.items if (member := _living(StaffMember, item))], page.next_cursor


def has_role(merchant_id: str, role_id: str) -> bool:
    """Whether any of the merchant's staff has this role."""
    members, cursor = list_members(merchant_id, 200, None)
    while cursor is not None and not any(member.role == role_id for member in members):
        members, cursor = list_members(merchant_id, 200, cursor)
    return any(member.role == role_id for member in members)


def save_member(
    call: Call[Any, Any], before: StoredMember | None, after: StoredMember, event: str, status: int = 200
) -> Answer:
    """Keep a person's new version with what is kept of their PIN."""
    member, pin = after.member, after.pin
    key = (call.merchant_id, f"staff_member#{member.id}")
    new_pin = event == "staff_member.updated" and before is not None and pin != before.pin
    action = "staff_member.pin_changed" if new_pin else event
    told = audit.change(call, action, before.member if before else None, member)
    return documents.save(call, TABLE, key, member, [event], status=status, attributes={"pin": pin}, extra=[told])


def _living[D: (Role, StaffMember)](model: type[D], item: Item | None) -> D | None:
    document = None if item is None else documents.read(model, item)
    return None if document is None or document.deleted_at is not None else document


def _read_member(item: Item | None) -> StoredMember | None:
    member = _living(StaffMember, item)
    if item is None or member is None:
        return None
    return StoredMember(member, bytes(item["pin"]) if "pin" in item else None)


# --- pairing and signing in ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Code:
    """A pairing code: for which register, made by whom, and until when it holds."""

    merchant_id: str
    register_id: str
    actor: str
    expires_at: str


@dataclass(frozen=True, slots=True)
class Attempts:
    """How often in a row signing in failed, by a person or at a register, and until when it is locked.

    `of` is the salt of the PIN that a person's failures were about: a new PIN begins anew.
    """

    version: int = 0
    failures: int = 0
    last_at: str = ""
    locked_until: str = ""
    of: bytes = b""


def add_code(call: Call[Any, Any], hash: str, code: Code, expires: datetime) -> None:
    """Keep a new pairing code, of which only the hash is known."""
    pk, sk = _code_key(hash)
    put = dynamo.put(TABLE, {"pk": pk, "sk": sk, **asdict(code), "ttl": int(expires.timestamp())})
    told = audit.entry(call, "register.pairing_code_created", Register.KIND, code.register_id, hash)
    dynamo.transact([put, audit.write(call.merchant_id, told).write])


def code_ref(hash: str) -> Ref[Code | None]:
    """The pairing code; None if there is none, or it was used."""
    return Ref(TABLE, _code_key(hash), _read_code)


def pair_register(call: Call[Any, Any], register: Register, code: str, device_id: str, device: str) -> None:
    """Let a device's key (of which the hash is given) open for its register, in place of the one before; `code` is the
    hash of the code that it is paired by, and which is used up.
    """
    pk, sk = call.merchant_id, f"device#{register.id}"
    before = dynamo.get(Ref(TABLE, (pk, sk), lambda item: item)) or {"version": 0}
    used = DomainError("pairing.refused", "This code does not hold, or no longer.", status=422, pointer="/code")
    version = int(before["version"])
    paired = (FieldChange(field="device_id", after=device_id),)
    told = audit.entry(
        call,
        "register.paired",
        Register.KIND,
        register.id,
        register.version,
        register_id=register.id,
        changes=paired,
    )
    dynamo.commit(
        [
            Guarded(
                dynamo.delete(
                    TABLE, _code_key(code), condition="register_id = :register", values={":register": register.id}
                ),
                used,
            ),
            Guarded(dynamo.put(TABLE, {"pk": pk, "sk": sk, "hash": device, "version": version + 1}, version=version)),
            Guarded(
                dynamo.put(TABLE, _opening(device, pk, device_id, permissions.DEVICE, None, register_id=register.id))
            ),
            *([Guarded(dynamo.delete(TABLE, _opening_key(before["hash"])))] if "hash" in before else []),
            *documents.writes(
                call, TABLE, (pk, f"register#{register.id}"), register, register.json_bytes(), ["register.paired"]
            ),
            audit.write(call.merchant_id, told),
        ]
    )


def attempts_ref(merchant_id: str, id: str) -> Ref[Attempts]:
    """The attempts to sign in by a person or at a register."""
    return Ref(TABLE, (merchant_id, f"attempts#{id}"), _read_attempts)


def count_attempts(merchant_id: str, attempts: Mapping[str, Attempts]) -> None:
    """Keep these attempts, by the id of a person or register, if nobody else counted one meanwhile; raises
    `ConditionFailed` if somebody did.
    """
    dynamo.transact(
        [
            dynamo.put(TABLE, {"pk": merchant_id, "sk": f"attempts#{id}", **asdict(one)}, version=one.version - 1)
            for id, one in attempts.items()
        ]
    )


def _code_key(hash: str) -> tuple[str, str]:
    return f"pairing#{hash}", "pairing"


def _read_code(item: Item | None) -> Code | None:
    if item is None:
        return None
    return Code(item["merchant_id"], item["register_id"], item["actor"], item["expires_at"])


def _read_attempts(item: Item | None) -> Attempts:
    if item is None:
        return Attempts()
    return Attempts(
        int(item["version"]), int(item["failures"]), item["last_at"], item["locked_until"], bytes(item["of"])
    )


# --- approvals -------------------------------------------------------------------------------------------------------


def add_approval(call: Call[Any, Any], approval: Approval) -> None:
    """Keep an approval, and that it was given: by whoever typed their PIN, for the caller."""
    expires = datetime.fromisoformat(approval.expires_at)
    pk, sk = _approval_key(call.merchant_id, approval.id)
    item = {"pk": pk, "sk": sk, "ttl": int(expires.timestamp()), "doc": dynamo.pack(approval.json_bytes())}
    told = audit.entry(
        call,
        "approval.created",
        permissions.ENTITY_OF[approval.permission],
        approval.entity_id,
        approval.id,
        actor=approval.approved_by,
        amount=approval.amount,
        approval_id=approval.id,
        changes=(
            FieldChange(field="permission", after=approval.permission),
            FieldChange(field="requested_by", after=approval.requested_by),
        ),
    )
    dynamo.transact([dynamo.put(TABLE, item), audit.write(call.merchant_id, told).write])


def consent(
    call: Call[Any, Any], permission: str, entity_id: str, amount: int, used: Iterable[str | None] = ()
) -> Approval | None:
    """Who approved what the caller does to this entity, and that comes to this amount: None if they may do it anyway.
    `used` are the ids of approvals that served for this entity already; whoever writes the change keeps this one's with
    it.

    403 `auth.forbidden` for who may not even ask, 403 `approval.required` without an approval that is for this.
    """
    caller = call.caller
    if not caller.may_ask:
        caller.require(permission)
    if caller.may(permission):
        return None
    needed = Needed(permission, entity_id, amount)
    refs = [
        Ref(TABLE, _approval_key(call.merchant_id, id), _read_approval) for id in call.approvals if id not in set(used)
    ]
    found = dynamo.fetch(refs)
    for ref in refs:
        approval = dynamo.resolve(ref, found)
        if approval is not None and rules.approves(approval, caller, needed, call.now):
            return approval
    raise ApprovalRequired(needed, given=bool(call.approvals))


def _approval_key(merchant_id: str, approval_id: str) -> tuple[str, str]:
    return merchant_id, f"approval#{approval_id}"


def _read_approval(item: Item | None) -> Approval | None:
    return None if item is None else Approval.model_validate_json(dynamo.unpack(item["doc"]))
