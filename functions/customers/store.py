"""The customers table.

customer   pk <merchant>#<customer>                     sk customer   index by_update: pk <merchant>,
                                                                      sk <updated_at>#<customer>
claim      pk <merchant>#phone#<E.164>                  sk customer   whose it is: a look-up is one key read,
           pk <merchant>#email#<email>                  sk customer   and each is one customer's only
           pk <merchant>#external_id#<source>:<id>      sk customer
word       pk <merchant>#word#<first letter>            sk <word>#<customer>   pos/search.py
program    pk <merchant>                                sk loyalty_program
points     pk <merchant>#<customer>                     sk points              the balance
entry      pk <merchant>#<customer>                     sk entry#<time>#<id>   what changed it

The balance is changed by `ADD` in the transaction of its cause, with an entry for each cause, on condition that there
is enough: so it is the sum of its entries, never negative, and sales to one customer do not wait for each other.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from customers import rules
from customers.models import Customer, LoyaltyProgram, PointsEntry, PointsMove
from pos import audit, documents, dynamo, outbox, search
from pos.dynamo import Guarded, Item, Page, Ref
from pos.errors import DomainError, Invalid, NotFound
from pos.http import Answer, Call
from pos.ids import new_id

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

TABLE = "customers"
_REDACTED = 100


class PointsInsufficient(DomainError):
    """A customer has fewer points than are to be taken."""

    def __init__(self, balance: int, needed: int, pointer: str | None) -> None:
        detail = f"The customer has {balance} points, which is less than {needed}."
        super().__init__("points.insufficient", detail, pointer=pointer)


def customer_ref(merchant_id: str, customer_id: str) -> Ref[Customer | None]:
    """A customer, or what is left of one."""
    return documents.ref(TABLE, _customer_key(merchant_id, customer_id), Customer)


def buyer_ref(merchant_id: str, customer_id: str) -> Ref[Customer]:
    """The customer that a request names as `customer_id`; 422 if the merchant has none such."""
    return Ref(TABLE, _customer_key(merchant_id, customer_id), lambda item: _buyer(item, customer_id))


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


def unchanged(merchant_id: str, customer: Customer) -> Guarded:
    """What holds a transaction to the customer's being in this version."""
    key = _customer_key(merchant_id, customer.id)
    write = dynamo.check(TABLE, key, "version = :version", {":version": customer.version})
    return Guarded(write, documents.LostRace(Customer.KIND))


def save_customer(
    call: Call[Any, Any], customer: Customer, before: Customer | None, event: str, also: Sequence[Guarded] = ()
) -> Answer:
    """Keep a customer's new version with its look-ups, and what is to be written `also`, and tell the owner when it is
    erased; 422 if its phone, email or an external id is another's.
    """
    told = []
    if event == "customer.erased":
        erased = audit.entry(call, event, Customer.KIND, customer.id, customer.version)
        told.append(audit.write(call.merchant_id, erased))
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
            *told,
            *also,
        ],
        erasable=True,
    )


def known_as(merchant_id: str, customer: Customer) -> list[tuple[str, str]]:
    """All names that other systems ever had for a customer: each system, and its id."""
    names = dict.fromkeys(customer.external_ids.items())
    cursor = None
    while True:
        page = outbox.history(merchant_id, customer.id, _REDACTED, cursor)
        for item in page.items:
            past = Customer.model_validate_json(dynamo.unpack(item["data"]))
            names |= dict.fromkeys(past.external_ids.items())
        cursor = page.next_cursor
        if cursor is None:
            return list(names)


def forget_history(merchant_id: str, customer_id: str) -> None:
    """Take what is personal out of all events of a customer, and the reasons that staff gave out of its ledger."""

    def redacted(data: bytes) -> bytes:
        return rules.redacted(Customer.model_validate_json(data)).json_bytes()

    outbox.rewrite(merchant_id, customer_id, redacted)
    cursor = None
    while True:
        page = list_entries(merchant_id, customer_id, _REDACTED, cursor)
        for item in page.items:
            _forget_reason(merchant_id, documents.read(PointsEntry, item))
        cursor = page.next_cursor
        if cursor is None:
            return


def _forget_reason(merchant_id: str, entry: PointsEntry) -> None:
    if entry.reason is None:
        return

    def redacted(data: bytes) -> bytes:
        return PointsEntry.model_validate_json(data).model_copy(update={"reason": None}).json_bytes()

    outbox.rewrite(merchant_id, entry.id, redacted)
    key, body = _entry_key(merchant_id, entry), redacted(entry.json_bytes())
    dynamo.transact([dynamo.put(TABLE, documents.item(key, entry, body, {}), version=entry.version)])


def claim_ref(merchant_id: str, by: str, value: str) -> Ref[str | None]:
    """The id of the customer who has this `phone` (E.164), `email` or `external_id` (`source:id`)."""
    return Ref(TABLE, _claim_key(merchant_id, by, value), _read_claim)


def find_customer(merchant_id: str, by: str, value: str) -> Customer | None:
    """The customer who has this `phone` (E.164), `email` or `external_id` (`source:id`)."""
    customer_id = dynamo.get(claim_ref(merchant_id, by, value))
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


def program_ref(merchant_id: str) -> Ref[LoyaltyProgram]:
    """The merchant's loyalty program."""
    return Ref(TABLE, (merchant_id, "loyalty_program"), _read_program)


def save_program(call: Call[Any, Any], program: LoyaltyProgram) -> Answer:
    """Keep the merchant's loyalty program."""
    return documents.save(call, TABLE, (call.merchant_id, "loyalty_program"), program, ["loyalty_program.updated"])


def balance_ref(merchant_id: str, customer_id: str) -> Ref[int]:
    """How many points a customer has."""
    return Ref(TABLE, _balance_key(merchant_id, customer_id), balance)


def balance(item: Item | None) -> int:
    """How many points are in what was found at a `balance_ref`."""
    return int(item["balance"]) if item is not None else 0


def points_writes(
    merchant_id: str,
    customer_id: str,
    moves: Sequence[PointsMove],
    actor: str,
    now: datetime,
    pointer: str | None = None,
) -> list[Guarded]:
    """The moves of a customer's points, to be part of their cause's transaction; none is no write.

    `PointsInsufficient`, at `pointer`, if there are too few.
    """
    if not moves:
        return []
    entries = [_entry(customer_id, move, actor, now) for move in moves]
    puts = [
        dynamo.put(TABLE, documents.item(_entry_key(merchant_id, entry), entry, entry.json_bytes(), {}))
        for entry in entries
    ]
    return [_move(merchant_id, customer_id, moves, pointer), *map(Guarded, puts)]


def adjust_points(call: Call[Any, Any], customer_id: str, move: PointsMove) -> Answer:
    """Keep an adjustment by staff; 409 `points.insufficient` if there are too few to take."""
    entry = _entry(customer_id, move, call.caller.actor, call.now)
    return documents.save(
        call,
        TABLE,
        _entry_key(call.merchant_id, entry),
        entry,
        ["points.adjusted"],
        status=201,
        extra=[_move(call.merchant_id, customer_id, [move], "/points")],
        erasable=True,
    )


def list_entries(merchant_id: str, customer_id: str, limit: int, cursor: str | None) -> Page:
    """A customer's ledger, newest first."""
    return dynamo.query(
        TABLE,
        f"{merchant_id}#{customer_id}",
        between=("entry#", "entry#~"),
        limit=limit,
        cursor=cursor,
        forward=False,
    )


def _move(merchant_id: str, customer_id: str, moves: Sequence[PointsMove], pointer: str | None) -> Guarded:
    needed = rules.points_needed(moves)
    values = {":points": sum(move.points for move in moves)} | ({":needed": needed} if needed else {})
    write = dynamo.update(
        TABLE,
        _balance_key(merchant_id, customer_id),
        "ADD balance :points",
        values,
        condition="balance >= :needed" if needed else None,
    )
    return Guarded(write, lambda found: PointsInsufficient(balance(found), needed, pointer))


def _entry(customer_id: str, move: PointsMove, actor: str, now: datetime) -> PointsEntry:
    return PointsEntry(
        id=new_id("pen"), customer_id=customer_id, actor=actor, **move.model_dump(), **documents.stamp(now)
    )


def _claim_writes(merchant_id: str, customer: Customer, before: Customer | None) -> list[Guarded]:
    now, old = rules.claims(customer), rules.claims(before)
    added = [
        Guarded(_claim(merchant_id, by, value, customer.id), taken(by, pointer))
        for (by, value), pointer in now.items()
        if (by, value) not in old
    ]
    gone = [claim for claim in old if claim not in now]
    return added + [Guarded(dynamo.delete(TABLE, _claim_key(merchant_id, *claim))) for claim in gone]


def taken(by: str, pointer: str) -> Invalid:
    """The refusal of a phone, an email or an external id that another customer has."""
    return Invalid(f"customer.{by}_taken", f"Another customer has this {by.replace('_', ' ')}.", pointer)


def _claim(merchant_id: str, by: str, value: str, customer_id: str) -> "TransactWriteItemTypeDef":
    pk, sk = _claim_key(merchant_id, by, value)
    return dynamo.put(TABLE, {"pk": pk, "sk": sk, "customer_id": customer_id})


def _customer_key(merchant_id: str, customer_id: str) -> tuple[str, str]:
    return f"{merchant_id}#{customer_id}", "customer"


def _balance_key(merchant_id: str, customer_id: str) -> tuple[str, str]:
    return f"{merchant_id}#{customer_id}", "points"


def _entry_key(merchant_id: str, entry: PointsEntry) -> tuple[str, str]:
    return f"{merchant_id}#{entry.customer_id}", f"entry#{entry.created_at}#{entry.id}"


def _claim_key(merchant_id: str, by: str, value: str) -> tuple[str, str]:
    return f"{merchant_id}#{by}#{value}", "customer"


def _buyer(item: Item | None, customer_id: str) -> Customer:
    customer = None if item is None else documents.read(Customer, item)
    if customer is None or customer.deleted_at is not None:
        raise Invalid("customer.unknown", f"There is no customer {customer_id}.", "/customer_id")
    return customer


def _read_program(item: Item | None) -> LoyaltyProgram:
    if item is not None:
        return documents.read(LoyaltyProgram, item)
    return LoyaltyProgram(
        id="loyalty_program",
        version=0,
        created_at="",
        updated_at="",
        enabled=False,
        earn_points=1,
        earn_per=1,
        point_value=1,
        min_redeem=1,
    )


def _read_claim(item: Item | None) -> str | None:
    return None if item is None else str(item["customer_id"])
