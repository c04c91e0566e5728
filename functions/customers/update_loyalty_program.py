"""PUT /v1/loyalty_program"""

from customers import store
from customers.models import LoyaltyProgram, NewLoyaltyProgram
from pos import dynamo
from pos.clock import timestamp
from pos.http import Answer, Call, operation


@operation(permission="customers:write", body=NewLoyaltyProgram, answer=LoyaltyProgram)
def handler(call: Call[NewLoyaltyProgram, None]) -> Answer:
    """Set how points are earned and what they are worth, for orders from now on; balances stay."""
    before = dynamo.get(store.program_ref(call.merchant_id))
    call.expect(before.version)
    created_at = before.created_at or timestamp(call.now)
    program = before.changed(call.now, created_at=created_at, **call.body.model_dump())
    return store.save_program(call, program)
