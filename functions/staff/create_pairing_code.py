"""POST /v1/registers/{id}/pairing_code"""

from datetime import timedelta

from pos.clock import timestamp
from pos.http import Answer, Call, operation
from staff import rules, store
from staff.models import PairingCode

_HOLDS = timedelta(minutes=10)


@operation(permission="registers:pair", answer=PairingCode, status=201, repeatable=True)
def handler(call: Call[None, None]) -> Answer:
    """Make a code that pairs a device with this register, once and within ten minutes. The device that was paired
    before keeps its key until then.
    """
    register = store.get_register(call.merchant_id, call.path["id"])
    code = rules.new_pairing_code()
    expires = call.now + _HOLDS
    made = store.Code(call.merchant_id, register.id, call.caller.actor, timestamp(expires))
    store.add_code(call, rules.code_hash(code), made, expires)
    return Answer(201, PairingCode(code=code, expires_at=made.expires_at).json_bytes())
