"""The staff table: merchants, locations, registers and API keys.

merchant   pk <merchant>   sk merchant
location   pk <merchant>   sk location#<id>
register   pk <merchant>   sk register#<id>
code       pk <merchant>   sk register-code#<code>    (holds a register's code, so that receipt numbers are unique)
API key    pk key#<sha256 of the key>   sk key      (the one lookup that comes before the merchant is known)
"""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from pos import documents, dynamo, outbox
from pos.clock import timestamp
from pos.documents import Document
from pos.dynamo import Guarded, Item, Page, Ref
from pos.errors import Invalid
from pos.http import Answer, Call
from staff.models import Location, Merchant, Register

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


def save_merchant(call: Call[Any, Any], merchant: Merchant) -> Answer:
    """Keep changed settings."""
    return documents.save(call, TABLE, (merchant.id, "merchant"), merchant, ["merchant.updated"])


def add_location(call: Call[Any, Any], location: Location) -> Answer:
    """Keep a new location."""
    return documents.save(
        call, TABLE, (call.merchant_id, f"location#{location.id}"), location, ["location.created"], status=201
    )


def add_register(call: Call[Any, Any], register: Register) -> Answer:
    """Keep a new register; 422 if another one has its code."""
    key = (call.merchant_id, f"register#{register.id}")
    taken = Invalid("register.code_taken", f"Another register has the code {register.code}.", "/code")
    claim = Guarded(_claim_code(call.merchant_id, register), taken)
    return documents.save(call, TABLE, key, register, ["register.created"], status=201, extra=[claim])


def listing(merchant_id: str, kind: str, limit: int, cursor: str | None) -> Page:
    """The merchant's locations or registers, oldest first."""
    return dynamo.query(TABLE, merchant_id, limit=limit, cursor=cursor, between=(f"{kind}#", f"{kind}#~"))


def add_merchant(first: tuple[Merchant, Location, Register], key_hash: str, key_id: str, now: datetime) -> None:
    """Keep a new merchant with its first location, register and API key (only its hash)."""
    merchant, location, register = first
    key_item = {
        "pk": f"key#{key_hash}",
        "sk": "key",
        "merchant_id": merchant.id,
        "key_id": key_id,
        "permissions": "*",
        "created_at": timestamp(now),
    }
    dynamo.transact(
        [
            _first(merchant, "merchant", merchant.id),
            _first(location, f"location#{location.id}", merchant.id),
            _first(register, f"register#{register.id}", merchant.id),
            _claim_code(merchant.id, register),
            dynamo.put(TABLE, key_item),
            *(
                outbox.write(
                    merchant.id, outbox.Entity(one.KIND, one.id, 1), [f"{one.KIND}.created"], one.json_bytes(), now
                )
                for one in first
            ),
        ]
    )


def key_ref(key_hash: str) -> Ref[Item | None]:
    """The record of an API key."""
    return Ref(TABLE, (f"key#{key_hash}", "key"), lambda item: item)


def _claim_code(merchant_id: str, register: Register) -> "TransactWriteItemTypeDef":
    return dynamo.put(TABLE, {"pk": merchant_id, "sk": f"register-code#{register.code}", "register_id": register.id})


def _first(document: Document, sk: str, merchant_id: str) -> "TransactWriteItemTypeDef":
    return dynamo.put(TABLE, documents.item((merchant_id, sk), document, document.json_bytes(), {}))


def _read_merchant(item: Item | None) -> Merchant:
    if item is None:
        raise LookupError("an authorised caller's merchant has no settings")
    return documents.read(Merchant, item)


def _named[D: Document](model: type[D], item: Item | None, id: str) -> D:
    if item is None:
        raise Invalid(f"{model.KIND}.unknown", f"There is no {model.KIND} {id}.", f"/{model.KIND}_id")
    return documents.read(model, item)
