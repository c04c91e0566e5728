"""What an order is computed from, read in one round trip."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from catalog import promotions
from catalog.models import Promotion, Sellable, StockPolicy, Tax
from catalog.scales import Label
from catalog.store import barcode_refs, promotions_ref, scanned, sellable_ref, taxes_ref, tree_ref
from customers.store import buyer_ref, program_ref
from orders import loyalty, rules, selling, store
from orders.effects import Till
from orders.models import Counted, LineInput, NewOrder, OrderLoyalty
from orders.numbering import Counter, offline_number, possible_days
from orders.selling import Place, Sold
from pos import dynamo
from pos.clock import timestamp
from pos.dynamo import Item, Ref
from pos.errors import Invalid
from pos.http import Call
from shifts.store import drawer_ref
from staff.models import Location, Merchant, Register
from staff.store import location_ref, merchant_ref, register_ref

type _Found = Mapping[tuple[str, tuple[str, str]], Item]


@dataclass(frozen=True, slots=True)
class Reading:
    """The merchant, the place, the taxes, the promotions that run there, the lines as they are sold, the register with
    its counter of the day, what it counts, and its till.
    """

    merchant: Merchant
    location: Location
    register: Register | None
    counter: Counter | None
    counted: Counted | None
    till: Till | None
    taxes: Mapping[str, Tax]
    running: Sequence[Promotion]
    loyalty: OrderLoyalty | None
    sold: Sequence[Sold]

    @property
    def policies(self) -> dict[str, StockPolicy]:
        """The stock policy of each variant that the lines take from."""
        return rules.stock_policies([(one.sellable, one.modifiers) for one in self.sold], self.location, self.merchant)


def read_for(call: Call[Any, Any], *, numbered: bool) -> Reading:
    """Read all that the order in `call.body` names, and if it shall be `numbered` its register's counter; 422 with a
    pointer to what the merchant does not have.
    """
    new: NewOrder = call.body
    return read_lines(
        call,
        new.lines,
        new.location_id,
        new.register_id,
        customer_id=new.customer_id,
        number=new.number,
        numbered=numbered,
        at=rules.sold_at(new, call.now),
    )


def read_lines(
    call: Call[Any, Any],
    new: Sequence[LineInput],
    location_id: str,
    register_id: str | None = None,
    *,
    customer_id: str | None = None,
    number: str | None = None,
    numbered: bool = False,
    at: datetime | None = None,
) -> Reading:
    """Read all that these lines name, for a sale at this place, now or `at` another time; 422 as `read_for`."""
    merchant_id = call.merchant_id
    merchant_at = merchant_ref(merchant_id)
    location_at = location_ref(merchant_id, location_id)
    register_at = register_ref(merchant_id, register_id) if register_id else None
    days = possible_days(at or call.now) if numbered else []  # the place's own is known when the place is read
    counters = {day: store.counter_ref(merchant_id, register_id, day) for day in days if register_id}
    taxes, offers, tree = taxes_ref(merchant_id), promotions_ref(merchant_id), tree_ref(merchant_id)
    lines = [ref for line in new for ref in _line_refs(merchant_id, line)]
    drawer_at = drawer_ref(merchant_id, register_id) if numbered and register_id else None
    tables: list[Ref[Any] | None] = [taxes, offers, tree, drawer_at]
    buyer = _buyer_refs(merchant_id, customer_id)
    wanted: list[Ref[Any] | None] = [merchant_at, location_at, register_at, *counters.values(), *tables, *buyer, *lines]
    found = dynamo.fetch(ref for ref in wanted if ref is not None)
    merchant, location = dynamo.resolve(merchant_at, found), dynamo.resolve(location_at, found)
    moment = at or call.now
    place = Place(location_id, merchant.minor_units, timestamp(moment))
    sold = [_sold(merchant_id, line, found, place, f"/lines/{position}") for position, line in enumerate(new)]
    running = promotions.running(dynamo.resolve(offers, found).promotions, location_id, moment, location.time_zone)
    by_category = any(promotions.targets(one).category_ids for one in running)
    parents = dynamo.resolve(tree, found).parents if by_category else {}
    register = dynamo.resolve(register_at, found) if register_at else None
    rules.check_register(register, location)
    counted = _counted(register, number, date.fromisoformat(location.business_day(moment)))
    return Reading(
        merchant=merchant,
        location=location,
        register=register,
        counter=dynamo.resolve(counters[counted.day], found) if counters and counted else None,
        counted=counted,
        till=Till(dynamo.resolve(drawer_at, found), merchant.shift_required) if drawer_at else None,
        taxes=dynamo.resolve(taxes, found).by_id(),
        running=running,
        loyalty=_loyalty(buyer, found),
        sold=[replace(one, promotion_ids=tuple(promotions.covering(running, one.sellable, parents))) for one in sold],
    )


def read_buyer(merchant_id: str, customer_id: str | None) -> OrderLoyalty | None:
    """The terms of the loyalty program for an order of this customer; 422 if the merchant has none such."""
    refs = _buyer_refs(merchant_id, customer_id)
    return _loyalty(refs, dynamo.fetch(refs))


def _buyer_refs(merchant_id: str, customer_id: str | None) -> list[Ref[Any]]:
    return [] if customer_id is None else [buyer_ref(merchant_id, customer_id), program_ref(merchant_id)]


def _loyalty(refs: Sequence[Ref[Any]], found: _Found) -> OrderLoyalty | None:
    if not refs:
        return None
    _, program = (dynamo.resolve(ref, found) for ref in refs)
    return loyalty.terms_for(program)


def read_variant(
    call: Call[Any, Any], location_id: str, variant_id: str
) -> tuple[Sellable | None, dict[str, StockPolicy]]:
    """A variant that was sold before, and the stock policy of all that it may take; None if it is not sold any more."""
    merchant, location = merchant_ref(call.merchant_id), location_ref(call.merchant_id, location_id)
    variant = sellable_ref(call.merchant_id, "variant", variant_id)
    refs: list[Ref[Any]] = [merchant, location, variant]
    found = dynamo.fetch(refs)
    sellable = dynamo.resolve(variant, found)
    offered = [modifier for group in sellable.modifier_groups for modifier in group.modifiers] if sellable else []
    place = (dynamo.resolve(location, found), dynamo.resolve(merchant, found))
    return sellable, rules.stock_policies([(sellable, offered)], *place)


def _counted(register: Register | None, number: str | None, day: date) -> Counted | None:
    if register is not None:
        own = None if number is None else offline_number(number, register.code, day)
        return Counted(register_code=register.code, day=day, number=own)
    if number is not None:
        raise Invalid("order.number_invalid", "Registers give out receipt numbers: name one in register_id.", "/number")
    return None


def _line_refs(merchant_id: str, line: LineInput) -> list[Ref[Any]]:
    if line.variant_id is not None:
        return [sellable_ref(merchant_id, "variant", line.variant_id)]
    if line.sku is not None:
        return [sellable_ref(merchant_id, "sku", line.sku)]
    if line.barcode is not None:
        return barcode_refs(merchant_id, line.barcode)
    return []


def _sold(merchant_id: str, line: LineInput, found: _Found, place: Place, pointer: str) -> Sold:
    try:
        sellable, label = _resolved(merchant_id, line, found)
        return selling.sell(line, sellable, label, place)
    except Invalid as refused:
        raise Invalid(refused.code, refused.detail, f"{pointer}{refused.pointer}") from refused


def _resolved(merchant_id: str, line: LineInput, found: _Found) -> tuple[Sellable | None, Label | None]:
    if line.barcode is not None:
        return scanned(merchant_id, line.barcode, found)
    refs = _line_refs(merchant_id, line)
    return (dynamo.resolve(refs[0], found) if refs else None), None
