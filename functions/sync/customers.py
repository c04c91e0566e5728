"""Customers as a source has them: how they are reached, and what is noted of them."""

import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from customers import phones, rules, store
from customers.models import Customer, NewCustomer
from pos import documents, dynamo
from pos.clock import timestamp
from pos.dynamo import Guarded, Ref
from pos.errors import DomainError
from pos.http import Call, refusal
from pos.ids import new_id
from staff.store import merchant_ref
from sync.kinds import Kind, Parts, Reader, read_record, values_of
from sync.models import CustomerRecord, EntityKind
from sync.rules import Fields

_OWN = tuple(name for name in NewCustomer.model_fields if name != "external_ids")


class Customers(Kind[CustomerRecord, Customer]):
    """Customers. Of who was erased nothing comes back, and what waits to be decided about them is erased with them."""

    name: EntityKind = "customer"
    record = CustomerRecord

    def reader(self, merchant_id: str) -> Reader[CustomerRecord]:
        """Reads records, with phone numbers as they are kept: those without a country's code are of the merchant's."""
        country = dynamo.get(merchant_ref(merchant_id)).country

        def read(raw: Mapping[str, Any]) -> CustomerRecord:
            record = read_record(CustomerRecord, raw)
            if record.phone is None:
                return record
            return record.model_copy(update={"phone": phones.normalized(record.phone, country, "/phone")})

        return read

    def ref(self, merchant_id: str, id: str) -> Ref[Customer | None]:
        """The customer, or what is left of one."""
        return store.customer_ref(merchant_id, id)

    def claim(self, merchant_id: str, source: str, external_id: str) -> Ref[str | None]:
        """Whose this external id is."""
        return store.claim_ref(merchant_id, "external_id", f"{source}:{external_id}")

    def alike(
        self, merchant_id: str, match_by: Collection[str], records: Sequence[CustomerRecord]
    ) -> Mapping[str, str]:
        """The customers who have the phone or the email of a record."""
        claims = [
            (record.external_id, store.claim_ref(merchant_id, by, value))
            for record in records
            for by, value in (("phone", record.phone), ("email", record.email))
            if by in match_by and value
        ]
        found = dynamo.fetch(ref for _, ref in claims)
        owners = [(external_id, dynamo.resolve(ref, found)) for external_id, ref in reversed(claims)]
        return {external_id: owner for external_id, owner in owners if owner is not None}

    def check_record(self, record: CustomerRecord, before: Customer | None) -> None:
        """Refuse to tell of somebody who was erased."""
        if before is not None and before.erased_at is not None and not record.deleted:
            detail = "This customer asked to be forgotten, and was erased here: delete them at the source too."
            raise DomainError("customer.erased", detail, status=422)

    def told(self, record: CustomerRecord, base: Fields) -> dict[str, Any]:
        """The fields that a record tells."""
        values = values_of(record)
        return {name: values[name] for name in _OWN if name in record.model_fields_set}

    def flat(self, entity: Customer, known: Parts) -> dict[str, Any]:
        """The customer's fields."""
        values = values_of(entity)
        return {name: values[name] for name in _OWN}

    def changed(
        self, call: Call[Any, Any], before: Customer | None, fields: Fields, known: Parts
    ) -> tuple[Customer, Mapping[str, str]]:
        """The customer with these fields."""
        try:
            given = NewCustomer.model_validate_json(json.dumps(dict(fields)))
        except ValidationError as error:
            raise refusal(error) from None
        values = {name: getattr(given, name) for name in fields}
        if "phone" in values:
            values["phone"] = phones.e164(call.merchant_id, given.phone, "/phone")
        if before is not None:
            customer = before.changed(call.now, **values)
        else:
            customer = Customer(id=new_id("cus"), external_ids={}, **values, **documents.stamp(call.now))
        rules.check(customer, call.now.date())
        return customer, {}

    def marked(self, entity: Customer, source: str, external_id: str) -> Customer:
        """The customer with the source's id for them."""
        if entity.external_ids.get(source) == external_id:
            return entity
        return entity.model_copy(update={"external_ids": {**entity.external_ids, source: external_id}})

    def retired(self, call: Call[Any, Any], entity: Customer) -> Customer:
        """The customer's tombstone."""
        return entity.changed(call.now, deleted_at=timestamp(call.now))

    def save(
        self, call: Call[Any, Any], entity: Customer, before: Customer | None, event: str, also: Sequence[Guarded]
    ) -> None:
        """Keep the customer's new version with its look-ups."""
        store.save_customer(call, entity, before, event, also)

    def still(self, merchant_id: str, entity: Customer) -> Sequence[Guarded]:
        """Nothing personal is kept of a customer who is erased meanwhile."""
        return [store.unchanged(merchant_id, entity)]

    def label(self, entity: Customer) -> str:
        """Whatever they are known by."""
        return entity.name or entity.phone or entity.email or ""


CUSTOMERS = Customers()
