"""POST /v1/customers/{id}/erase"""

from customers import rules, store
from customers.models import Customer
from pos import links
from pos.http import Answer, Call, operation


@operation(permission="customers:write", answer=Customer)
def handler(call: Call[None, None]) -> Answer:
    """Erase all that is personal of a customer, on request: from the profile, its look-ups, its events, what
    synchronisation keeps, and the answers kept for repeats. Its id stays, for orders and points name it;
    customer.erased tells subscribers to do the same.

    `erased_at` is set last: as long as it is not, something may be left, and the repeat of the request goes on.
    """
    customer = store.get_remains(call.merchant_id, call.path["id"])
    if customer.erased_at is not None:
        return Answer(200, customer.json_bytes(), customer.version)
    call.expect(customer.version)
    links.forget(call, customer.KIND, customer.id, store.known_as(call.merchant_id, customer))
    store.forget_history(call.merchant_id, customer.id)
    nothing_left = links.forgotten(call, customer.KIND, customer.id, customer.external_ids.items())
    return store.save_customer(call, rules.erased(customer, call.now), customer, "customer.erased", nothing_left)
