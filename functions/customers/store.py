"""The customers table.

customer   pk <merchant>#<customer>                     sk customer   index by_update: pk <merchant>,
                                                                      sk <updated_at>#<customer>
claim      pk <merchant>#phone#<E.164>                  sk customer   whose it is: a look-up is one key read,
           pk <merchant>#email#<email>                  sk customer   and each is one customer's only
           pk <merchant>#external_id#<source>:<id>      sk customer
word       pk <merchant>#word#<first letter>            sk <word>#<customer>   pos/search.py
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from customers import rules
from customers.models import Customer
from pos import documents, dynamo, outbox, search
from pos.dynamo import Guarded, Item, Page, Ref
from pos.errors import Invalid, NotFound
from pos.http import Answer, Call

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

TABLE = "customers"


def customer_ref(merchant_id: str, customer_id: str) -> Ref[Customer | None]:
    """A customer, or what is left of one."""
    return documents.ref(TABLE, _customer_key(merchant_id, customer_id), Customer)


def get_customer(merchant_id: str, customer_id: str) -> Customer:
    """The customer; 404 if there is none, or only its tombstone."""
    customer = dynamo.get(customer_ref(merchant_id, customer_id))
    if customer is None or customer.deleted_at is not None:
        raise NotFound("customer", customer_id)
    return customer


def get_remains(merchant_id: str, customer_id: str) -> Customer:
    """The customer or its tombstone; 404 if there never was one."""
    customer = dynamo.get(customer_ref(merchant_id, customer_id))
    if customer is None:
        raise NotFound("customer", customer_id)
    return customer


def save_customer(call: Call[Any, Any], customer: Customer, before: Customer | None, event: str) -> Answer:
    """Keep a customer's new version with its look-ups; 422 if its phone, email or an external id is another's."""
    return documents.save(
        call,
        TABLE,
        _customer_key(call.merchant_id, customer.id),
        customer,
        [event],
        status=201 if before is None else 200,
        attributes={"updated_pk": call.merchant_id, "updated_sk": f"{customer.updated_at}#{customer.id}"},
        extra=[
            *_claim_writes(call.merchant_id, customer, before),
            *search.writes(TABLE, call.merchant_id, customer.id, rules.words(before), rules.words(customer)),
        ],
        erasable=True,
    )


def forget_history(merchant_id: str, customer_id: str) -> None:
    """Take what is personal out of all events of a customer."""

    def redacted(data: bytes) -> bytes:
        return rules.redacted(Customer.model_validate_json(data)).json_bytes()

    outbox.rewrite(merchant_id, customer_id, redacted)


def find_customer(merchant_id: str, by: str, value: str) -> Customer | None:
    """The customer who has this `phone` (E.164), `email` or `external_id` (`source:id`)."""
    customer_id = dynamo.get(Ref(TABLE, _claim_key(merchant_id, by, value), _read_claim))
    if customer_id is None:
        return None
    customer = dynamo.get(customer_ref(merchant_id, customer_id))
    # It may have gone to another, or nowhere, between the two reads.
    return customer if (by, value) in rules.claims(customer) else None


def search_customers(
    merchant_id: str, wanted: Sequence[str], limit: int, cursor: str | None
) -> tuple[list[Customer], str | None]:
    """Customers whose names have words that begin as the wanted ones (at least one)."""

    def ref(customer_id: str) -> Ref[Customer | None]:
        return customer_ref(merchant_id, customer_id)

    return search.find(TABLE, merchant_id, wanted, ref, rules.words, limit=limit, cursor=cursor)


def list_customers(merchant_id: str, updated_after: str | None, limit: int, cursor: str | None) -> Page:
    """The merchant's customers, tombstones too, in the order of their last change, after a time if one is given."""
    low = f"{updated_after}$" if updated_after else " "  # "$" sorts right behind the "#" that follows the time
    keys = dynamo.query(
        TABLE,
        merchant_id,
        index="by_update",
        key_names=("updated_pk", "updated_sk"),
        between=(low, "~"),
        limit=limit,
        cursor=cursor,
    )
    refs = [documents.ref(TABLE, (key["pk"], key["sk"]), Customer) for key in keys.items]
    found = dynamo.fetch(refs)
    return Page([found[ref.table, ref.key] for ref in refs if (ref.table, ref.key) in found], keys.next_cursor)


def _claim_writes(merchant_id: str, customer: Customer, before: Customer | None) -> list[Guarded]:
    now, old = rules.claims(customer), rules.claims(before)
    added = [
        Guarded(_claim(merchant_id, by, value, customer.id), _taken(by, pointer))
        for (by, value), pointer in now.items()
        if (by, value) not in old
    ]
    gone = [claim for claim in old if claim not in now]
    return added + [Guarded(dynamo.delete(TABLE, _claim_key(merchant_id, *claim))) for claim in gone]


def _taken(by: str, pointer: str) -> Invalid:
    return Invalid(f"customer.{by}_taken", f"Another customer has this {by.replace('_', ' ')}.", pointer)


def _claim(merchant_id: str, by: str, value: str, customer_id: str) -> "TransactWriteItemTypeDef":
    pk, sk = _claim_key(merchant_id, by, value)
    return dynamo.put(TABLE, {"pk": pk, "sk": sk, "customer_id": customer_id})


def _customer_key(merchant_id: str, customer_id: str) -> tuple[str, str]:
    return f"{merchant_id}#{customer_id}", "customer"


def _claim_key(merchant_id: str, by: str, value: str) -> tuple[str, str]:
    return f"{merchant_id}#{by}#{value}", "customer"


def _read_claim(item: Item | None) -> str | None:
    return None if item is None else str(item["customer_id"])
