"""Customers that a file tells, against those that there are: by their own rules, each in one transaction of its own."""

import json
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Literal

from pydantic import ValidationError

from customers import phones, rules, store
from customers.models import Customer, CustomerChange
from files.imports import journal, plans
from files.imports.journal import Mark
from files.imports.models import FieldChange
from files.imports.plans import Kind, Plan, Undone, Work
from files.imports.records import Record
from pos import dynamo, http, outbox
from pos.clock import timestamp
from pos.documents import stamp
from pos.dynamo import Guarded, Item
from pos.errors import DomainError, Invalid
from pos.ids import derived_id

_PERSONAL = ("name", "phone", "email", "birthday", "note", "tags")

type _Found = Mapping[tuple[str, tuple[str, str]], Item]


class Customers(Kind):
    """Customers, who are known by our id, their id in another system, their phone or their email."""

    def plans(self, work: Work, batch: Sequence[Record]) -> list[Plan]:
        """What each of these customers comes to."""
        told = [_Told(work, record) for record in batch]
        claims = [claim for one in told for claim in one.claims]
        found = dict(dynamo.fetch(store.claim_ref(work.merchant_id, *claim) for claim in claims))
        ids = {id for claim in claims if (id := dynamo.resolve(store.claim_ref(work.merchant_id, *claim), found))}
        ids |= {id for record in batch if (id := record.get("customer_id"))}
        found |= dynamo.fetch(store.customer_ref(work.merchant_id, id) for id in ids)
        return [_plan(work, one, found) for one in told]

    def undo(self, work: Work, mark: Mark) -> Undone:
        """Take back what was done to a customer."""
        current = dynamo.get(store.customer_ref(work.merchant_id, mark.id))
        if current is None or current.deleted_at is not None:
            return Undone("left_alone", plans.LEFT["gone"])
        if mark.outcome == "created":
            return _remove(work, mark, current)
        before, after = (
            Customer.model_validate_json(outbox.data_of(work.merchant_id, mark.id, version))
            for version in (mark.before, mark.after)
        )
        customer, whole = plans.restored(current, before, after)
        if customer == current:
            return Undone("left_alone", plans.LEFT["changed"])
        rules.check(customer, work.call.now.date())
        outcome: Literal["restored", "left_alone"] = "restored" if whole else "left_alone"
        also = [journal.take_back(work.merchant_id, work.job.id, mark, outcome)]
        store.save_customer(work.call, customer.changed(work.call.now), current, "customer.updated", also)
        return Undone(outcome, None if whole else plans.LEFT["changed"])


def _remove(work: Work, mark: Mark, current: Customer) -> Undone:
    if current.version != mark.after:
        return Undone("left_alone", plans.LEFT["changed"])
    tombstone = current.changed(work.call.now, deleted_at=timestamp(work.call.now))
    also = [journal.take_back(work.merchant_id, work.job.id, mark, "removed")]
    store.save_customer(work.call, tombstone, current, "customer.deleted", also)
    return Undone("removed")


class _Told:
    """What a record says of a customer, in our form; `refused` if it says what no customer can have."""

    def __init__(self, work: Work, record: Record) -> None:
        self.record = record
        self.values: dict[str, Any] = {}
        self.refused: DomainError | None = None
        try:
            self.values = _values(work, record)
        except DomainError as error:
            self.refused = error

    @property
    def claims(self) -> list[tuple[str, str]]:
        """What the customer may be found by, the surest first."""
        external = [f"{source}:{id}" for source, id in self.values.get("external_ids", {}).items()]
        named = [("external_id", one) for one in external]
        return [*named, *((name, self.values[name]) for name in ("phone", "email") if self.values.get(name))]


def _values(work: Work, record: Record) -> dict[str, Any]:
    """The customer's fields that a record tells, checked by the customers' own model."""
    told: dict[str, Any] = {}
    for name in _PERSONAL:
        value = _value(record, name)
        clears = work.job.settings.empty_cells == "clear" and name in record.whole and name != "name"
        if value is not None or clears:
            told[name] = value if value is not None else [] if name == "tags" else None
    if record.get("external_id") is not None:
        told["external_ids"] = {work.job.settings.source: record.get("external_id")}
    if told.get("phone") is not None:
        told["phone"] = phones.normalized(told["phone"], work.merchant.country, "/phone")
    try:
        change = CustomerChange.model_validate_json(json.dumps(told))
    except ValidationError as error:
        raise http.refusal(error) from None
    return {name: getattr(change, name) for name in told}


def _value(record: Record, name: str) -> Any:
    if name == "name" and record.get("name") is None:
        return " ".join(filter(None, (record.get("first_name"), record.get("last_name")))) or None
    value = record.get(name)
    if name == "tags" and value is not None:
        return list(dict.fromkeys(tag.strip() for tag in value.split(",") if tag.strip()))
    return value


def _plan(work: Work, told: _Told, found: _Found) -> Plan:
    record = told.record
    if record.problems:
        return plans.refused(record.problems, record)
    try:
        if told.refused is not None:
            raise told.refused
        before = _customer(work, told, found)
        if before is None and not work.job.settings.create_missing:
            raise Invalid("customer.unknown", "There is no such customer, and none is to be made.", "")
        customer = _changed(work, told, before)
        rules.check(customer, work.call.now.date())
        _check_claims(work, customer, before, found)
    except DomainError as error:
        return plans.refusal(work.job, record, error, partial(_where, record))
    name = customer.name or customer.email or customer.phone or customer.id
    if customer is before:
        return Plan("unchanged", record, customer.id, name, customer.version, customer.version)
    event = "customer.created" if before is None else "customer.updated"

    def write(also: Sequence[Guarded]) -> None:
        store.save_customer(work.call, customer, before, event, also)

    return Plan(
        "created" if before is None else "updated",
        record,
        customer.id,
        name,
        before.version if before else 0,
        customer.version,
        tuple(_changes(record, before, customer)),
        do=write,
    )


def _customer(work: Work, told: _Told, found: _Found) -> Customer | None:
    """The customer that is meant; 422 if an id is of none."""

    def living(id: str) -> Customer | None:
        customer = dynamo.resolve(store.customer_ref(work.merchant_id, id), found)
        return customer if customer is not None and customer.deleted_at is None else None

    id = told.record.get("customer_id")
    if id is not None:
        named = living(id)
        if named is None:
            raise Invalid("customer.unknown", f"There is no customer {id}.", "/customer_id")
        return named
    for claim in told.claims:
        owner = dynamo.resolve(store.claim_ref(work.merchant_id, *claim), found)
        if owner is not None and living(owner) is not None:
            return living(owner)
    return None


def _changed(work: Work, told: _Told, before: Customer | None) -> Customer:
    values = dict(told.values)
    if before is None:
        blank = dict.fromkeys(("name", "phone", "email", "birthday", "note")) | {"external_ids": {}}
        id = derived_id("cus", work.merchant_id, work.job.id, told.record.number)
        return Customer(**{**blank, **values}, id=id, **stamp(work.call.now))
    if "external_ids" in values:
        values["external_ids"] = {**before.external_ids, **values["external_ids"]}
    if all(getattr(before, name) == value for name, value in values.items()):
        return before
    return before.changed(work.call.now, **values)


def _check_claims(work: Work, customer: Customer, before: Customer | None, found: _Found) -> None:
    """Refuse what another customer alone has: storing would, but the preview stores nothing."""
    old = rules.claims(before)
    for (by, value), pointer in rules.claims(customer).items():
        owner = dynamo.resolve(store.claim_ref(work.merchant_id, by, value), found)
        if (by, value) not in old and owner not in (None, customer.id):
            raise store.taken(by, pointer)


def _changes(record: Record, before: Customer | None, customer: Customer) -> list[FieldChange]:
    old = before.model_dump(mode="json") if before else {}
    new = customer.model_dump(mode="json")
    shown = {name: (old.get(name), new[name]) for name in _PERSONAL if name != "tags"}
    shown["tags"] = (", ".join(old.get("tags", ())) or None, ", ".join(new["tags"]) or None)
    for source, id in new["external_ids"].items():
        shown["external_id"] = (old.get("external_ids", {}).get(source), id)
    return [
        FieldChange(line=record.line, field=name, before=was, after=now)
        for name, (was, now) in shown.items()
        if was != now
    ]


def _where(record: Record, pointer: str) -> tuple[int, int | None]:
    """The line and the column that a pointer into a customer means."""
    field = pointer.strip("/").split("/")[0]
    value = record.whole.get({"external_ids": "external_id"}.get(field, field))
    return record.line, value.column if value is not None else None
