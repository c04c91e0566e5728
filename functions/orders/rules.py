"""Rules of orders, without I/O: from a request and the catalog to figures, from one status to the next."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from catalog.models import Modifier, Promotion, Sellable, StockPolicy, Tax
from inventory import rules as inventory
from inventory.models import SoldShare
from orders import loyalty, pricing, promotions
from orders.models import (
    MAX_LINES,
    RESERVED,
    Computed,
    DiscountInput,
    HistoryEntry,
    Move,
    NewOrder,
    Order,
    OrderDiscount,
    OrderLine,
    OrderModifier,
    OrderPromotion,
    OrderServiceCharge,
    OrderTax,
    Payment,
    PaymentInput,
    PaymentStatus,
    Policy,
    PolicyInput,
    Refund,
    ServiceChargeInput,
    Status,
)
from orders.selling import Sold
from pos.clock import timestamp
from pos.errors import DomainError, Invalid, NotFound
from pos.ids import derived_id
from pos.money import Rounding, allocate, minor_units
from staff.models import Location, Merchant, Register

type _Sold = defaultdict[tuple[str | None, str | None], Decimal]
"""As which variant of which category how much was sold."""

_OFFLINE = timedelta(days=90)
_CLOCK_SKEW = timedelta(minutes=5)

_STRICTEST_FIRST: tuple[StockPolicy, ...] = ("block", "warn", "allow")

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


def moved(order: Order, status: Status, now: datetime, actor: str) -> dict[str, Any]:
    """The fields of an order that moves on to a status; completing it puts it on the shop's current business day."""
    at = timestamp(now)
    entry = HistoryEntry(at=at, actor=actor, action=status)
    fields: dict[str, Any] = {"status": status, "history": (*order.history, entry)}
    if status == "completed":
        fields |= {"completed_at": at, "business_date": order.business_day(now)}
    return fields


def check_cancellable(order: Order, today: str, open_shift: str | None) -> None:
    """Refuse to cancel what is cancelled, or was completed in a shift that is not its register's `open_shift` any more,
    or without a shift on an earlier business day: that is refunded instead.
    """
    if order.status == "cancelled":
        raise DomainError("order.illegal_transition", "The order is cancelled already.")
    if order.refunds and (order.status == "completed" or order.paid):
        raise DomainError("order.refund_first", "Money of this order went back already: refund the rest.")
    if order.status != "completed" or (order.shift_id is not None and order.shift_id == open_shift):
        return
    if order.shift_id is not None:
        detail = "The order was completed in a shift that is closed; only a sale of an open shift can be cancelled."
        raise DomainError("order.illegal_transition", detail)
    if order.business_date != today:
        detail = f"The order was completed on {order.business_date}; only a sale of the current day can be cancelled."
        raise DomainError("order.illegal_transition", detail)


def holds_money(order: Order) -> bool:
    """Whether cancelling an order is more than leaving a ticket: it is completed, or money is in it or was."""
    return order.status == "completed" or bool(order.refunds) or any(payment.live for payment in order.payments)


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


def compute(
    new: NewOrder,
    sold: Sequence[Sold],
    taxes: Mapping[str, Tax],
    rules: Policy,
    at: str,
    order_id: str,
    actor: str,
    running: Sequence[Promotion] = (),
) -> Computed:
    """All figures of an order: what its lines cost, and how its payments settle it.

    Raises `Invalid` (422) with a pointer to what cannot be: an unknown tax, a discount above what it is taken from, a
    payment above what is due. `sold` are the order's lines as the catalog has them, `running` the promotions of the
    place and moment.
    """
    lines = new_lines(sold, 0)
    definitions = tax_definitions(lines, taxes)
    kept = promotions.joined((), running, lines)
    figures = figured(
        lines,
        order_discounts(new.discounts),
        service_charges(new.service_charges),
        new.tip,
        definitions,
        rules,
        kept if new.apply_promotions else None,
    )
    settled = pricing.settle(
        figures["total"],
        tuple(pricing.Tender(one.method, one.amount, one.tendered) for one in new.payments),
        _pricing_policy(rules),
    )
    return Computed(
        location_id=new.location_id,
        register_id=new.register_id,
        **figures,
        cash_rounding=settled.cash_rounding,
        cash_due=settled.cash_due,
        amount_due=settled.amount_due,
        paid=settled.paid,
        change=settled.change,
        payment_status=_payment_status(settled.paid, settled.amount_due),
        payments=tuple(
            Payment(
                id=derived_id("pay", order_id, position),
                method=one.method,
                amount=tender.amount,
                tendered=tender.tendered,
                change=tender.change,
                reference=one.reference,
                at=at,
                actor=actor,
                register_id=new.register_id,
                captured_at=at,
            )
            for position, (one, tender) in enumerate(zip(new.payments, settled.tenders, strict=True), start=1)
        ),
        apply_promotions=new.apply_promotions,
        promotions=kept,
        policy=rules,
    )


def new_lines(sold: Sequence[Sold], count: int) -> tuple[OrderLine, ...]:
    """Lines of an order that had `count` so far, their figures still to be computed."""
    return tuple(_new_line(one, f"lin_{number}") for number, one in enumerate(sold, start=count + 1))


def tax_definitions(
    lines: Sequence[OrderLine], catalog: Mapping[str, Tax], kept: Sequence[OrderTax] = ()
) -> dict[str, OrderTax]:
    """The taxes of these lines as the order uses them: those that it has already as they are `kept` on it, the others
    from the catalog. 422 for a tax that there is not; its pointer counts from the first of these lines.
    """
    definitions = {tax.tax_id: tax for tax in kept}
    for number, line in enumerate(lines):
        for position, tax_id in enumerate(line.tax_ids):
            if tax_id in definitions:
                continue
            tax = catalog.get(tax_id)
            if tax is None:
                pointer = f"/lines/{number}/custom/tax_ids/{position}"
                raise Invalid("tax.unknown", f"There is no tax {tax_id}.", pointer)
            definitions[tax_id] = OrderTax(
                tax_id=tax.id,
                name=tax.name,
                rate=tax.rate,
                included=tax.included,
                compound=tax.compound,
                base_fraction=tax.base_fraction,
                base=0,
                amount=0,
            )
    return definitions


def figured(
    lines: Sequence[OrderLine],
    discounts: Sequence[OrderDiscount],
    charges: Sequence[OrderServiceCharge],
    tip: int,
    taxes: Mapping[str, OrderTax],
    rules: Policy,
    kept: Sequence[OrderPromotion] | None = (),
) -> dict[str, Any]:
    """The fields of `Computed` that say what an order costs, from what is known of its lines and from nothing else: so
    a change of an order is computed as its creation was. `kept` are its promotions; None leaves them off.
    """
    lines, discounts = _promoted(lines, discounts, taxes, rules, kept)
    ticket = pricing.Ticket(
        lines=tuple(_pricing_line(line, taxes) for line in lines),
        discounts=tuple(map(_pricing_discount, discounts)),
        service_charges=tuple(
            pricing.ServiceCharge(
                one.name, one.percent, one.amount if one.percent is None else None, one.taxable, one.on
            )
            for one in charges
        ),
        tip=tip,
    )
    priced = pricing.price_ticket(ticket, _pricing_policy(rules))
    return {
        "lines": tuple(_figured_line(line, one) for line, one in zip(lines, priced.lines, strict=True)),
        "discounts": tuple(
            one.model_copy(update={"applied": applied.amount})
            for one, applied in zip(discounts, priced.discounts, strict=True)
        ),
        "service_charges": tuple(
            one.model_copy(update={"amount": applied.amount, "tax": applied.tax})
            for one, applied in zip(charges, priced.service_charges, strict=True)
        ),
        "subtotal": priced.subtotal,
        "discount_total": priced.discount_total,
        "service_charge_total": priced.service_charge_total,
        "taxes": tuple(
            taxes[tax.tax_id].model_copy(update={"base": tax.base, "amount": tax.amount}) for tax in priced.taxes
        ),
        "tax_total": priced.tax_total,
        "included_tax_total": priced.included_tax_total,
        "tip": priced.tip,
        "total": priced.total,
    }


def _promoted(
    lines: Sequence[OrderLine],
    discounts: Sequence[OrderDiscount],
    taxes: Mapping[str, OrderTax],
    rules: Policy,
    kept: Sequence[OrderPromotion] | None,
) -> tuple[Sequence[OrderLine], Sequence[OrderDiscount]]:
    """Lines and discounts with what promotions take off, figured anew from what the lines are by now."""
    if kept is None:
        return promotions.without(lines), promotions.manual(discounts)
    if not kept:
        return lines, discounts
    policy = _pricing_policy(rules)
    gross = pricing.gross_amounts([_pricing_line(line, taxes) for line in lines], policy)
    lines = promotions.on_lines(lines, gross, kept, policy.rounding_mode)
    worth = sum(pricing.discounted_amounts([_pricing_line(line, taxes) for line in lines], policy))
    return lines, promotions.on_order(discounts, worth, kept, policy.rounding_mode)


def settled_anew(
    payments: Sequence[Payment], total: int, rules: Policy, refunds: Sequence[Refund] = ()
) -> dict[str, Any]:
    """The fields of `Computed` that say how an order's payments, as they are now, settle its total. What was given back
    before the order was completed is due again; what was refunded of the sale leaves the sale settled.

    409 `order.overpaid` if it would cost less than what is paid for it or reserved: refund first.
    """
    policy = _pricing_policy(rules)
    captured = [one for one in payments if one.status == "captured"]
    reserved = [one for one in payments if one.status in RESERVED]
    back = _given_back(refunds)
    if pricing.balance(total, [*_tenders((*captured, *reserved)), *back], policy).amount_due < 0:
        held = sum(one.amount for one in (*_tenders((*captured, *reserved)), *back))
        raise DomainError("order.overpaid", f"{held} is paid or reserved; the order cannot cost {total}. Refund first.")
    settled = pricing.balance(total, [*_tenders(captured), *back], policy)
    paid = sum(one.amount for one in (*_tenders(captured), *back))
    return {
        "cash_rounding": settled.cash_rounding,
        "cash_due": settled.cash_due,
        "amount_due": settled.amount_due,
        "paid": paid,
        "reserved": sum(one.amount for one in reserved),
        "change": sum(one.change for one in captured),
        "payment_status": _status_after(refunds, paid, settled.amount_due, total),
        "refunded": sum(one.given for one in refunds if not one.due_again),
        "refund_due": _refund_due(refunds),
    }


def with_refunds(order: Order, refunds: tuple[Refund, ...]) -> dict[str, Any]:
    """The fields of an order whose refunds are these by now. What a cancelled one came to stays as it was, but what a
    provider declined to give back is still due to the customer.
    """
    if order.status == "cancelled":
        return {"refunds": refunds, "refund_due": _refund_due(refunds, cancelled=True)}
    return {"refunds": refunds, **settled_anew(order.payments, order.total, order.policy, refunds)}


def _refund_due(refunds: Sequence[Refund], *, cancelled: bool = False) -> int:
    """What was refunded but declined by a provider, and not given otherwise. Of an order that is still open, that is
    simply paid again.
    """
    return sum(one.total + one.cash_rounding - one.given for one in refunds if cancelled or not one.due_again)


def _status_after(refunds: Sequence[Refund], paid: int, amount_due: int, total: int) -> PaymentStatus:
    of_sale = [refund for refund in refunds if not refund.due_again]
    given = sum(refund.given for refund in of_sale)
    if not given:
        return _payment_status(paid, amount_due)
    returned = sum(refund.total for refund in of_sale)
    return "refunded" if given >= paid or returned >= total - amount_due else "partly_refunded"


def next_tender(order: Order, offered: PaymentInput) -> pricing.SettledTender:
    """What one more payment settles of what the order's others leave, reserved ones too. 422 `payment.overpaid`,
    `payment.tendered_invalid`, or what `loyalty.check_redeemed` refuses.
    """
    loyalty.check_redeemed(offered, order.loyalty)
    held = [*_tenders([one for one in order.payments if one.live]), *_given_back(order.refunds)]
    tender = pricing.Tender(offered.method, offered.amount, offered.tendered)
    return pricing.next_tender(order.total, held, tender, _pricing_policy(order.policy))


def tax_parts(order: Order) -> list[list[int]]:
    """What each tax of each line came to, in the order of the line's `tax_ids`; they sum to the line's `tax`."""
    taxes = {tax.tax_id: _pricing_tax(tax) for tax in order.taxes}
    amounts = [line.gross - line.discount + line.service_charge for line in order.lines]
    named = [tuple(taxes[tax_id] for tax_id in line.tax_ids) for line in order.lines]
    parts = pricing.tax_parts(amounts, named, _pricing_policy(order.policy))
    return [allocate(line.tax, of_line) for line, of_line in zip(order.lines, parts, strict=True)]


def _tenders(payments: Sequence[Payment]) -> list[pricing.Tender]:
    return [pricing.Tender(one.method, one.amount) for one in payments]


def _given_back(refunds: Sequence[Refund]) -> list[pricing.Tender]:
    return [
        pricing.Tender(tender.method, -tender.amount)
        for refund in refunds
        if refund.due_again
        for tender in refund.tenders
        if tender.counts
    ]


def sold_at(new: NewOrder, now: datetime) -> datetime:
    """When the sale took place: now, or when an offline register says; 422 if that is in the future or long ago."""
    if new.occurred_at is None:
        return now
    moment = datetime.fromisoformat(new.occurred_at)
    if not now - _OFFLINE <= moment <= now + _CLOCK_SKEW:
        detail = f"occurred_at is at most {_OFFLINE.days} days ago, and not in the future."
        raise Invalid("order.occurred_at_invalid", detail, "/occurred_at")
    return moment


def check_open(order: Order) -> None:
    """Refuse to change what is sold after it is completed or cancelled. While a kitchen prepares it, it may grow."""
    if order.status in ("completed", "cancelled"):
        raise DomainError("order.not_open", f"The order is {order.status}: what it sold stays as it is.")


def check_line_count(count: int) -> None:
    """Refuse to let an order grow beyond what one may have."""
    if count > MAX_LINES:
        raise Invalid("order.too_many_lines", f"An order has at most {MAX_LINES} lines, not {count}.", "/lines")


def line_position(order: Order, line_id: str) -> int:
    """Where on the order this line is; 404 if it has none such."""
    for position, line in enumerate(order.lines):
        if line.id == line_id:
            return position
    raise NotFound("line", line_id)


def order_discounts(given: Sequence[DiscountInput]) -> tuple[OrderDiscount, ...]:
    """Discounts as an order keeps them, still to be applied."""
    return tuple(
        OrderDiscount(name=one.name, percent=one.percent, amount=one.amount, applies_to=one.applies_to, applied=0)
        for one in given
    )


def service_charges(given: Sequence[ServiceChargeInput]) -> tuple[OrderServiceCharge, ...]:
    """Service charges as an order keeps them, still to be applied."""
    return tuple(
        OrderServiceCharge(
            name=one.name, percent=one.percent, taxable=one.taxable, on=one.on, amount=one.amount or 0, tax=0
        )
        for one in given
    )


def stock_taken(lines: Sequence[OrderLine]) -> dict[str, Decimal]:
    """How much of each tracked variant the lines take; one variant on several lines is summed."""
    taken: dict[str, Decimal] = {}
    for line in lines:
        for variant_id, quantity in _taken_by(line):
            taken[variant_id] = taken.get(variant_id, Decimal(0)) + quantity
    return taken


def _taken_by(line: OrderLine) -> list[tuple[str, Decimal]]:
    """What a line takes from stock: of a bundle its components, never itself; and those of its modifiers."""
    parts = [(one, 1) for one in line.components]
    parts += [(one, modifier.quantity) for modifier in line.modifiers for one in modifier.components]
    taken = [(one.variant_id, one.quantity * count * line.quantity) for one, count in parts]
    if line.stock_tracked and line.variant_id is not None:
        taken.append((line.variant_id, line.quantity))
    return taken


def moves_between(
    before: Sequence[OrderLine], after: Sequence[OrderLine], blocked: frozenset[str] = frozenset()
) -> tuple[Move, ...]:
    """What an order's stock has to move by when its lines change; what is `blocked` may not be taken below zero."""
    sold: defaultdict[str, _Sold] = defaultdict(lambda: defaultdict(Decimal))
    for lines, sign in ((after, -1), (before, 1)):
        for line in lines:
            for variant_id, quantity in _taken_by(line):
                sold[variant_id][line.variant_id, line.category_id] += sign * quantity
    moves = (_move(variant_id, shares, blocked) for variant_id, shares in sold.items())
    return tuple(move for move in moves if move.quantity)


def _move(variant_id: str, shares: _Sold, blocked: frozenset[str]) -> Move:
    quantity = sum(shares.values(), Decimal(0))
    sold = tuple(
        SoldShare(variant_id=sold_as, category_id=category_id, quantity=share)
        for (sold_as, category_id), share in shares.items()
        if share
    )
    return Move(variant_id=variant_id, quantity=quantity, sold=sold, block=quantity < 0 and variant_id in blocked)


def stock_policies(
    found: Iterable[tuple[Sellable | None, Sequence[Modifier | OrderModifier]]], location: Location, merchant: Merchant
) -> dict[str, StockPolicy]:
    """The stock policy of each variant that these, with these modifiers, take from: its own, else its location's, else
    the merchant's. What is sold says it for its components and its modifiers'; of several that say it for one variant,
    the strictest counts.
    """
    policies: dict[str, StockPolicy] = {}
    for one, modifiers in found:
        if one is None:
            continue
        policy = inventory.stock_policy(one, location, merchant)
        own = [part.variant_id for part in one.components] or [one.variant_id]
        for variant_id in (*own, *(part.variant_id for modifier in modifiers for part in modifier.components)):
            policies[variant_id] = min(policy, policies.get(variant_id, policy), key=_STRICTEST_FIRST.index)
    return policies


def line_of(order: Order, variant_id: str) -> int:
    """The last line that takes this variant from stock: the one with which it was too much."""
    return max(index for index, line in enumerate(order.lines) if variant_id in [taken for taken, _ in _taken_by(line)])


def _payment_status(paid: int, amount_due: int) -> PaymentStatus:
    if amount_due == 0:
        return "paid"
    return "partly_paid" if paid else "unpaid"


def _new_line(sold: Sold, line_id: str) -> OrderLine:
    line, sellable = sold.line, sold.sellable
    fields: dict[str, Any] = {"variant_id": None, "product_id": None, "sku": None, "stock_tracked": False}
    if sellable is not None:
        fields = {
            "variant_id": sellable.variant_id,
            "product_id": sellable.product_id,
            "category_id": sellable.category_id,
            "sku": sellable.sku,
            "name": sellable.name,
            "tax_ids": sellable.tax_ids,
            "stock_tracked": sellable.track_stock and not sellable.components,
            "components": sellable.components,
        }
    elif line.custom is not None:
        fields |= {"name": line.custom.name, "tax_ids": line.custom.tax_ids}
    return OrderLine(
        id=line_id,
        quantity=sold.quantity,
        price=sold.price,
        amount=sold.amount,
        modifiers=sold.modifiers,
        discounts=order_discounts(line.discounts),
        promotion_ids=sold.promotion_ids,
        list_price=sold.list_price,
        gross=0,
        discount=0,
        service_charge=0,
        net=0,
        tax=0,
        total=0,
        note=line.note,
        **fields,
    )


def _pricing_policy(rules: Policy) -> pricing.Policy:
    return pricing.Policy(rules.currency, rules.tax_rounding, Rounding(rules.rounding_mode), rules.cash_rounding_step)


def _pricing_line(line: OrderLine, taxes: Mapping[str, OrderTax]) -> pricing.Line:
    return pricing.Line(
        price=line.price,
        quantity=line.quantity,
        modifiers=tuple(pricing.Modifier(one.name, one.price, one.quantity) for one in line.modifiers),
        discounts=tuple(map(_pricing_discount, line.discounts)),
        taxes=tuple(_pricing_tax(taxes[tax_id]) for tax_id in line.tax_ids),
        amount=line.amount,
    )


def _pricing_tax(tax: OrderTax) -> pricing.Tax:
    fraction = None
    if tax.base_fraction is not None:
        numerator, _, denominator = tax.base_fraction.partition("/")
        fraction = (int(numerator), int(denominator))
    return pricing.Tax(tax.tax_id, tax.name, tax.rate, tax.included, tax.compound, fraction)


def _pricing_discount(one: OrderDiscount) -> pricing.Discount:
    return pricing.Discount(one.name, one.percent, one.amount, one.applies_to, one.promotion_id is not None)


def _figured_line(line: OrderLine, priced: pricing.PricedLine) -> OrderLine:
    return line.model_copy(
        update={
            "discounts": tuple(
                one.model_copy(update={"applied": applied})
                for one, applied in zip(line.discounts, priced.discounts, strict=True)
            ),
            "gross": priced.gross,
            "discount": priced.discount,
            "service_charge": priced.service_charge,
            "net": priced.net,
            "tax": priced.tax,
            "total": priced.total,
        }
    )
