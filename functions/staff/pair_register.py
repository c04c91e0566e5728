"""POST /v1/registers/pair"""

from dataclasses import replace

from pos import dynamo, log
from pos.auth import Caller
from pos.errors import DomainError
from pos.http import Answer, Call, operation
from pos.ids import new_id
from staff import rules, store
from staff.models import NewPairing, Pairing


@operation(permission=None, body=NewPairing, answer=Pairing, status=201, repeatable=True)
def handler(call: Call[NewPairing, None]) -> Answer:
    """Pair a device with the register that its one-time code was made for. It needs no key, since the code is one: of
    60 bits, for ten minutes. Answers the device's key, and lets the register's device before have none.
    """
    hash = rules.code_hash(call.body.code)
    found = dynamo.get(store.code_ref(hash))
    if found is None or not rules.holds(found.expires_at, call.now):
        detail = "This code does not hold, or no longer."
        raise DomainError("pairing.refused", detail, status=422, pointer="/code")
    log.note(merchant_id=found.merchant_id, actor=found.actor, register_id=found.register_id)
    by_its_maker = replace(call, caller=Caller(found.merchant_id, found.actor, frozenset()))
    register = store.get_register(found.merchant_id, found.register_id)
    device_key = rules.new_device_key()
    store.pair_register(by_its_maker, register.changed(call.now), hash, new_id("dev"), rules.key_hash(device_key))
    paired = Pairing(
        merchant_id=found.merchant_id,
        register_id=register.id,
        location_id=register.location_id,
        name=register.name,
        device_key=device_key,
    )
    return Answer(201, paired.json_bytes())
