"""What an order is computed from, read in one round trip."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from catalog.models import Sellable, StockPolicy, Tax
from catalog.store import sellable_ref, taxes_ref
from orders import rules, store
from orders.models import LineInput, NewOrder
from pos import dynamo
from pos.dynamo import Ref
from pos.http import Call
from staff.models import Location, Merchant, Register
from staff.store import location_ref, merchant_ref, register_ref

OVERRIDE_PRICE = "orders:override_price"


@dataclass(frozen=True, slots=True)
class Reading:
    """The merchant, the place, the taxes, what each line sells (None for custom lines), and the register's counter."""

    merchant: Merchant
    location: Location
    register: Register | None
    counter: store.Counter | None
    taxes: Mapping[str, Tax]
    sellables: Sequence[Sellable | None]


def read_for(call: Call[Any, Any], *, numbered: bool) -> Reading:
    """Read all that the order in `call.body` names, and if it shall be `numbered` its register's counter; 422 with a
    pointer to what the merchant does not have.
    """
    new: NewOrder = call.body
    return read_lines(call, new.lines, new.location_id, new.register_id, numbered=numbered)


def read_lines(
    call: Call[Any, Any],
    new: Sequence[LineInput],
    location_id: str,
    register_id: str | None = None,
    *,
    numbered: bool = False,
) -> Reading:
    """Read all that these lines name, for a sale at this place; 422 with a pointer as `read_for`."""
    merchant_id = call.merchant_id
    if any(line.price is not None for line in new):
        call.caller.require(OVERRIDE_PRICE)
    merchant = merchant_ref(merchant_id)
    location = location_ref(merchant_id, location_id)
    register = register_ref(merchant_id, register_id) if register_id else None
    counter = store.counter_ref(merchant_id, register_id) if numbered and register_id else None
    taxes = taxes_ref(merchant_id)
    lines = [_line_ref(merchant_id, line) for line in new]
    wanted: list[Ref[Any] | None] = [merchant, location, register, counter, taxes, *lines]
    found = dynamo.fetch(ref for ref in wanted if ref is not None)
    reading = Reading(
        merchant=dynamo.resolve(merchant, found),
        location=dynamo.resolve(location, found),
        register=dynamo.resolve(register, found) if register else None,
        counter=dynamo.resolve(counter, found) if counter else None,
        taxes=dynamo.resolve(taxes, found).by_id(),
        sellables=[dynamo.resolve(line, found) if line else None for line in lines],
    )
    rules.check_register(reading.register, reading.location)
    rules.check_known(new, reading.sellables)
    return reading


def read_policies(call: Call[Any, Any], location_id: str, variant_id: str) -> dict[str, StockPolicy]:
    """The stock policy of a variant that was sold before; none if it is not for sale any more."""
    merchant, location = merchant_ref(call.merchant_id), location_ref(call.merchant_id, location_id)
    variant = sellable_ref(call.merchant_id, "variant", variant_id)
    refs: list[Ref[Any]] = [merchant, location, variant]
    found = dynamo.fetch(refs)
    return rules.stock_policies(
        [dynamo.resolve(variant, found)], dynamo.resolve(location, found), dynamo.resolve(merchant, found)
    )


def _line_ref(merchant_id: str, line: LineInput) -> Ref[Sellable | None] | None:
    if line.variant_id is not None:
        return sellable_ref(merchant_id, "variant", line.variant_id)
    if line.sku is not None:
        return sellable_ref(merchant_id, "sku", line.sku)
    if line.barcode is not None:
        return sellable_ref(merchant_id, "barcode", line.barcode)
    return None
