"""POST /v1/customers"""

from customers import phones, rules, store
from customers.models import Customer, NewCustomer
from pos.documents import stamp
from pos.http import Answer, Call, operation
from pos.ids import new_id


@operation(permission="customers:write", body=NewCustomer, answer=Customer, status=201)
def handler(call: Call[NewCustomer, None]) -> Answer:
    """Add a customer; phone, email and external ids are unique within the merchant."""
    given = call.body.model_dump() | {"phone": phones.e164(call.merchant_id, call.body.phone, "/phone")}
    customer = Customer(id=new_id("cus"), **given, **stamp(call.now))
    rules.check(customer, call.now.date())
    return store.save_customer(call, customer, None, "customer.created")
