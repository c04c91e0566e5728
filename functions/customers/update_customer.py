"""PATCH /v1/customers/{id}"""

from customers import phones, rules, store
from customers.models import Customer, CustomerChange
from pos.http import Answer, Call, operation


@operation(permission="customers:write", body=CustomerChange, answer=Customer)
def handler(call: Call[CustomerChange, None]) -> Answer:
    """Change a customer; what is left out stays."""
    before = store.get_customer(call.merchant_id, call.path["id"])
    call.expect(before.version)
    given = call.body.model_dump(exclude_unset=True)
    if "phone" in given:
        given["phone"] = phones.e164(call.merchant_id, call.body.phone, "/phone")
    customer = before.changed(call.now, **given)
    rules.check(customer, call.now.date())
    return store.save_customer(call, customer, before, "customer.updated")
