"""GET /v1/loyalty_program"""

from customers import store
from customers.models import LoyaltyProgram
from pos import dynamo
from pos.http import Answer, Call, operation


@operation(permission="customers:read", answer=LoyaltyProgram)
def handler(call: Call[None, None]) -> Answer:
    """How points are earned and what they are worth; off until it is set up."""
    program = dynamo.get(store.program_ref(call.merchant_id))
    return Answer(200, program.json_bytes(), program.version)
