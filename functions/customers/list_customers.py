"""GET /v1/customers"""

from customers import phones, store
from customers.models import Customer, CustomerListing
from pos.documents import read
from pos.http import Answer, Call, listing, operation
from pos.words import tokens


@operation(permission="customers:read", query=CustomerListing, answer=Customer)
def handler(call: Call[None, CustomerListing]) -> Answer:
    """The customer with a phone, email or external id (none or one); those found by `q`; or all by last change.

    A customer who changes while a reader pages moves to the end, where the reader meets it again: none is missed.
    """
    wanted = call.query
    if wanted.phone is not None:
        return _one(call.merchant_id, "phone", str(phones.e164(call.merchant_id, wanted.phone, "?phone")))
    if wanted.email is not None:
        return _one(call.merchant_id, "email", wanted.email)
    if wanted.external_id is not None:
        return _one(call.merchant_id, "external_id", wanted.external_id)
    if wanted.q is not None:
        return _search(call, tokens(wanted.q))
    page = store.list_customers(call.merchant_id, wanted.updated_after, wanted.limit, wanted.cursor)
    customers = [read(Customer, item) for item in page.items]
    shown = [customer.json_bytes() for customer in customers if wanted.include_deleted or customer.deleted_at is None]
    return listing(shown, page.next_cursor)


def _one(merchant_id: str, by: str, value: str) -> Answer:
    customer = store.find_customer(merchant_id, by, value)
    return listing([] if customer is None else [customer.json_bytes()], None)


def _search(call: Call[None, CustomerListing], words: list[str]) -> Answer:
    if not words:
        return listing([], None)
    customers, next_cursor = store.search_customers(call.merchant_id, words, call.query.limit, call.query.cursor)
    return listing([customer.json_bytes() for customer in customers], next_cursor)
