"""POST /v1/registers"""

from pos import dynamo
from pos.documents import stamp
from pos.http import Answer, Call, operation
from pos.ids import new_id
from staff import store
from staff.models import NewRegister, Register


@operation(permission="merchant:write", body=NewRegister, answer=Register, status=201)
def handler(call: Call[NewRegister, None]) -> Answer:
    """Set up a register at a location."""
    location = dynamo.get(store.location_ref(call.merchant_id, call.body.location_id))
    register = Register(
        id=new_id("reg"),
        name=call.body.name,
        location_id=location.id,
        code=call.body.code,
        **stamp(call.now),
    )
    return store.add_register(call, register)
