"""Make a first merchant with a location, a register and an API key: invoked by whoever runs the stack, not over
HTTP.
"""

import secrets
from typing import Any

from pos import clock, log
from pos.documents import stamp
from pos.ids import new_id
from pos.money import minor_units
from staff import rules, store, vault
from staff.models import ApiKey, FirstMerchant, Location, Merchant, NewMerchant, Register

_SECRET_BYTES = 32


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Take `NewMerchant`, answer `FirstMerchant`; raises pydantic's ValidationError on bad input."""
    new = NewMerchant.model_validate(event)
    now = clock.now()
    merchant = Merchant(
        id=new_id("mer"),
        name=new.name,
        currency=new.currency,
        minor_units=minor_units(new.currency),
        tax_rounding="per_line",
        rounding_mode="half_up",
        cash_rounding_step=0,
        stock_policy="allow",
        time_zone=new.time_zone,
        country=new.country,
        **stamp(now),
    )
    location = Location(id=new_id("loc"), name=new.location_name, time_zone=new.time_zone, **stamp(now))
    register = Register(
        id=new_id("reg"), name=new.register_name, location_id=location.id, code=new.register_code, **stamp(now)
    )
    key = ApiKey(id=new_id("key"), name="First key", permissions=("*",), **stamp(now))
    api_key = rules.new_api_key()
    sealed = vault.seal(merchant.id, secrets.token_bytes(_SECRET_BYTES))
    store.add_merchant((merchant, location, register, key), rules.key_hash(api_key), sealed, now)
    log.summary("merchant created", merchant_id=merchant.id)
    made = FirstMerchant(merchant_id=merchant.id, location_id=location.id, register_id=register.id, api_key=api_key)
    return made.model_dump()
