"""PATCH /v1/registers/{id}"""

from pos.http import Answer, Call, operation
from staff import store
from staff.models import Register, RegisterChange


@operation(permission="merchant:write", body=RegisterChange, answer=Register)
def handler(call: Call[RegisterChange, None]) -> Answer:
    """Change a register; what is left out stays. Its location and code stay."""
    register = store.get_register(call.merchant_id, call.path["id"])
    call.expect(register.version)
    return store.save_register(call, register, register.changed(call.now, **call.body.model_dump(exclude_unset=True)))
