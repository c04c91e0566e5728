"""Rules of orders, without I/O: from a request and the catalog to figures, from one status to the next."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from catalog.models import Sellable, StockPolicy, Tax
from orders import pricing
from orders.models import (
    Computed,
    DiscountInput,
    LineInput,
    Move,
    NewOrder,
    Order,
    OrderDiscount,
    OrderLine,
    OrderModifier,
    OrderServiceCharge,
    OrderTax,
    Payment,
    PaymentStatus,
    Policy,
    PolicyInput,
    Status,
)
from pos.errors import DomainError, Invalid
from pos.money import Rounding, minor_units
from staff.models import Location, Merchant, Register

NEXT: Mapping[Status, tuple[Status, ...]] = {
    "open": ("preparing", "completed"),
    "preparing": ("ready",),
    "ready": ("completed",),
    "completed": (),
    "cancelled": (),
}
"""Where an order may go from each status by `update_order_status`; cancelling is an operation of its own."""


def check_transition(current: Status, wanted: Status) -> None:
    """Refuse a move that the state machine does not have, naming those that it has."""
    if wanted in NEXT[current]:
        return
    allowed = ", ".join(NEXT[current]) or "nothing"
    hint = "; to cancel, use the cancel operation" if wanted == "cancelled" else ""
    raise DomainError(
        "order.illegal_transition", f"An order that is {current} can go to: {allowed}; not to {wanted}{hint}."
    )


def check_cancellable(order: Order, today: str) -> None:
    """Refuse to cancel what is cancelled, or was completed on an earlier business day (that is refunded instead)."""
    if order.status == "cancelled":
        raise DomainError("order.illegal_transition", "The order is cancelled already.")
    if order.status == "completed" and order.business_date != today:
        detail = f"The order was completed on {order.business_date}; only a sale of the current day can be cancelled."
        raise DomainError("order.illegal_transition", detail)


def policy(merchant: Merchant, tried: PolicyInput | None = None) -> Policy:
    """The merchant's rules, or those that a preview tries."""
    other = tried.model_dump(exclude_none=True) if tried else {}
    currency = other.get("currency", merchant.currency)
    return Policy(
        currency=currency,
        minor_units=merchant.minor_units if currency == merchant.currency else minor_units(currency),
        tax_rounding=other.get("tax_rounding", merchant.tax_rounding),
        rounding_mode=other.get("rounding_mode", merchant.rounding_mode),
        cash_rounding_step=other.get("cash_rounding_step", merchant.cash_rounding_step),
    )


def check_register(register: Register | None, location: Location) -> None:
    """Refuse a register of another location."""
    if register is not None and register.location_id != location.id:
        detail = f"The register {register.id} is not at the location {location.id}."
        raise Invalid("register.elsewhere", detail, "/register_id")


def check_known(lines: Sequence[LineInput], found: Sequence[Sellable | None]) -> None:
    """Refuse lines that name something the catalog does not have."""
    for position, (line, sellable) in enumerate(zip(lines, found, strict=True)):
        if line.custom is None and sellable is None:
            field = "variant_id" if line.variant_id else "sku" if line.sku else "barcode"
            detail = f"There is nothing for sale with the {field} {getattr(line, field)}."
            raise Invalid("variant.unknown", detail, f"/lines/{position}/{field}")


def compute(
    new: NewOrder, found: Sequence[Sellable | None], taxes: Mapping[str, Tax], rules: Policy, at: str, order_id: str
) -> Computed:
    """All figures of an order: what its lines cost, and how its payments settle it.

    Raises `Invalid` (422) with a pointer to what cannot be: an unknown tax, a discount above what it is taken from, a
    payment above what is due. `found` has the catalog's answer for each line, None for custom ones.
    """
    ticket = pricing.Ticket(
        lines=tuple(
            _priced_line(line, sellable, taxes, f"/lines/{position}")
            for position, (line, sellable) in enumerate(zip(new.lines, found, strict=True))
        ),
        discounts=tuple(map(_discount, new.discounts)),
        service_charges=tuple(
            pricing.ServiceCharge(one.name, one.percent, one.amount, one.taxable, one.on) for one in new.service_charges
        ),
        tip=new.tip,
    )
    figures = pricing.Policy(
        rules.currency, rules.tax_rounding, Rounding(rules.rounding_mode), rules.cash_rounding_step
    )
    priced = pricing.price_ticket(ticket, figures)
    tenders = tuple(pricing.Tender(one.method, one.amount, one.tendered) for one in new.payments)
    settled = pricing.settle(priced.total, tenders, figures)
    return Computed(
        location_id=new.location_id,
        register_id=new.register_id,
        lines=tuple(
            _order_line(line, sellable, priced_line, ticket_line)
            for line, sellable, priced_line, ticket_line in zip(
                new.lines, found, priced.lines, ticket.lines, strict=True
            )
        ),
        discounts=tuple(
            OrderDiscount(name=one.name, percent=one.percent, applied=applied.amount)
            for one, applied in zip(new.discounts, priced.discounts, strict=True)
        ),
        service_charges=tuple(
            OrderServiceCharge(
                name=one.name, percent=one.percent, taxable=one.taxable, amount=applied.amount, tax=applied.tax
            )
            for one, applied in zip(new.service_charges, priced.service_charges, strict=True)
        ),
        subtotal=priced.subtotal,
        discount_total=priced.discount_total,
        service_charge_total=priced.service_charge_total,
        taxes=tuple(
            OrderTax(
                tax_id=tax.tax_id,
                name=tax.name,
                rate=tax.rate,
                included=tax.included,
                base=tax.base,
                amount=tax.amount,
            )
            for tax in priced.taxes
        ),
        tax_total=priced.tax_total,
        included_tax_total=priced.included_tax_total,
        tip=priced.tip,
        total=priced.total,
        cash_rounding=settled.cash_rounding,
        cash_due=settled.cash_due,
        amount_due=settled.amount_due,
        paid=settled.paid,
        change=settled.change,
        payment_status=_payment_status(settled.paid, settled.amount_due),
        payments=tuple(
            Payment(
                id=f"pay_{order_id.removeprefix('ord_')}_{position}",
                method=one.method,
                amount=tender.amount,
                tendered=tender.tendered,
                change=tender.change,
                reference=one.reference,
                at=at,
            )
            for position, (one, tender) in enumerate(zip(new.payments, settled.tenders, strict=True), start=1)
        ),
        policy=rules,
    )


def stock_taken(lines: Sequence[OrderLine]) -> dict[str, Decimal]:
    """How much of each tracked variant the lines take; one variant on several lines is summed."""
    taken: dict[str, Decimal] = {}
    for line in lines:
        if line.stock_tracked and line.variant_id is not None:
            taken[line.variant_id] = taken.get(line.variant_id, Decimal(0)) + line.quantity
    return taken


def moves_between(
    before: Sequence[OrderLine], after: Sequence[OrderLine], blocked: frozenset[str] = frozenset()
) -> tuple[Move, ...]:
    """What an order's stock has to move by when its lines change; what is `blocked` may not be taken below zero."""
    returned, taken = stock_taken(before), stock_taken(after)
    differences = {
        variant: returned.get(variant, Decimal(0)) - taken.get(variant, Decimal(0)) for variant in {**taken, **returned}
    }
    return tuple(
        Move(variant_id=variant, quantity=difference, block=difference < 0 and variant in blocked)
        for variant, difference in differences.items()
        if difference
    )


def stock_policies(found: Sequence[Sellable | None], location: Location, merchant: Merchant) -> dict[str, StockPolicy]:
    """The stock policy of each variant: its own, else its location's, else the merchant's."""
    return {
        one.variant_id: one.stock_policy or location.stock_policy or merchant.stock_policy
        for one in found
        if one is not None
    }


def line_of(order: Order, variant_id: str) -> int:
    """The first line that sells this variant."""
    return next(index for index, line in enumerate(order.lines) if line.variant_id == variant_id)


def _payment_status(paid: int, amount_due: int) -> PaymentStatus:
    if amount_due == 0:
        return "paid"
    return "partly_paid" if paid else "unpaid"


def _priced_line(line: LineInput, sellable: Sellable | None, taxes: Mapping[str, Tax], pointer: str) -> pricing.Line:
    return pricing.Line(
        price=_price(line, sellable),
        quantity=line.quantity,
        modifiers=tuple(pricing.Modifier(one.name, one.price, one.quantity) for one in line.modifiers),
        discounts=tuple(map(_discount, line.discounts)),
        taxes=tuple(_tax(tax_id, taxes, pointer, position) for position, tax_id in enumerate(_tax_ids(line, sellable))),
    )


def _price(line: LineInput, sellable: Sellable | None) -> int:
    if line.custom is not None:
        return line.custom.price
    if line.price is not None:
        return line.price
    if sellable is None:
        raise LookupError("check_known comes first")
    return sellable.price


def _tax_ids(line: LineInput, sellable: Sellable | None) -> tuple[str, ...]:
    if line.custom is not None:
        return line.custom.tax_ids
    return sellable.tax_ids if sellable else ()


def _tax(tax_id: str, taxes: Mapping[str, Tax], pointer: str, position: int) -> pricing.Tax:
    tax = taxes.get(tax_id)
    if tax is None:
        raise Invalid("tax.unknown", f"There is no tax {tax_id}.", f"{pointer}/custom/tax_ids/{position}")
    fraction = None
    if tax.base_fraction is not None:
        numerator, _, denominator = tax.base_fraction.partition("/")
        fraction = (int(numerator), int(denominator))
    return pricing.Tax(tax.id, tax.name, tax.rate, tax.included, tax.compound, fraction)


def _discount(one: DiscountInput) -> pricing.Discount:
    return pricing.Discount(one.name, one.percent, one.amount, one.applies_to)


def _order_line(
    line: LineInput, sellable: Sellable | None, priced: pricing.PricedLine, ticket_line: pricing.Line
) -> OrderLine:
    name = line.custom.name if line.custom is not None else sellable.name if sellable is not None else ""
    return OrderLine(
        variant_id=sellable.variant_id if sellable else None,
        product_id=sellable.product_id if sellable else None,
        sku=sellable.sku if sellable else None,
        name=name,
        quantity=line.quantity,
        price=ticket_line.price,
        modifiers=tuple(OrderModifier(name=one.name, price=one.price, quantity=one.quantity) for one in line.modifiers),
        discounts=tuple(
            OrderDiscount(name=one.name, percent=one.percent, applied=applied)
            for one, applied in zip(line.discounts, priced.discounts, strict=True)
        ),
        tax_ids=tuple(tax.id for tax in ticket_line.taxes),
        gross=priced.gross,
        discount=priced.discount,
        service_charge=priced.service_charge,
        net=priced.net,
        tax=priced.tax,
        total=priced.total,
        stock_tracked=sellable.track_stock if sellable else False,
        note=line.note,
    )
