"""DELETE /v1/customers/{id}"""

from customers import store
from customers.models import Customer
from pos.clock import timestamp
from pos.http import Answer, Call, operation


@operation(permission="customers:write", answer=Customer)
def handler(call: Call[None, None]) -> Answer:
    """Retire a customer: phone, email and external ids are free again, a tombstone with the profile stays. Who asks to
    be forgotten is erased instead.
    """
    customer = store.get_customer(call.merchant_id, call.path["id"])
    call.expect(customer.version)
    tombstone = customer.changed(call.now, deleted_at=timestamp(call.now))
    return store.save_customer(call, tombstone, customer, "customer.deleted")
