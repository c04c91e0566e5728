"""What an order costs, and how payments settle it: pure arithmetic on whole minor units, each amount rounded once.

`price_ticket` computes in this order (docs/money.md has the reasons, the sources and worked examples):

1. A line's gross is (price + modifiers) x quantity, rounded.
2. Line discounts come off it, then order discounts off the sum of the lines, spread over them; in each the promotion
   first.
3. Service charges are figured from the result; taxable ones are spread over the lines.
4. Each line is taxed on what it then costs; a tax is contained in that amount (`included`) or comes on top.
5. The tip is added, untaxed.

`settle` then sets payments against the total; only what is paid in cash is rounded to what coins can pay.

These hold to the minor unit, for every ticket:

* line: `discount = sum(discounts) + order_discount`, `tax = sum(taxes)`,
  `net + included taxes = gross - discount + service_charge`, `total = net + tax`, and none of them is negative;
* order: `subtotal`, `discount_total` and `tax_total` are the sums of the lines' `gross`, `discount` and `tax`;
  `tax_total = sum(taxes.amount)` and `included_tax_total` is the part of it that prices contain;
  `service_charge_total = sum(service_charges.amount)`;
* `total = subtotal - discount_total + service_charge_total + (tax_total - included_tax_total) + tip`, which is also
  the sum of the lines' totals, the charges that are not taxable, and the tip;
* payments: `paid + amount_due = total + cash_rounding`.

What goes in and out are named tuples: immutable like frozen dataclasses, at a sixth of their cost in a cold start.
"""

from collections.abc import Sequence
from decimal import Decimal
from functools import lru_cache
from math import lcm
from typing import Literal, NamedTuple

from pos.errors import Invalid
from pos.money import MAX_AMOUNT, Rounding, allocate, round_ratio, round_to_step

TaxRounding = Literal["per_line", "per_order"]

CASH = "cash"
"""The method of payment that has change and rounding."""


class Policy(NamedTuple):
    """The rules an order is computed by; stored with it, so that a refund next year follows the same ones.

    `per_line` rounds each tax on each line, and a later tax builds on the rounded amounts; `per_order` sums a tax
    exactly over the lines, rounds it once, and spreads it back. `cash_rounding_step` is in minor units, 0 for none.
    """

    currency: str
    tax_rounding: TaxRounding = "per_line"
    rounding_mode: Rounding = Rounding.HALF_UP
    cash_rounding_step: int = 0


class Tax(NamedTuple):
    """A tax of `rate` percent, contained in the price (`included`) or on top of it.

    A `compound` tax joins the base of the taxes after it. `base_fraction` (11, 12) taxes eleven twelfths of the base:
    Indonesia's PPN of 12 % on goods that are not luxuries (PMK 131/2024).
    """

    id: str
    name: str
    rate: Decimal
    included: bool
    compound: bool = False
    base_fraction: tuple[int, int] | None = None


class Discount(NamedTuple):
    """`percent` or `amount` off a line or an order.

    With `applies_to="net"` it is taken off the amount without included taxes, which are then reckoned anew: 100 off the
    net of a price with 14 % in it makes the price 114 cheaper. A `promotion` comes before all others, and takes no more
    than there is, for nobody who sells could make it less.
    """

    name: str
    percent: Decimal | None = None
    amount: int | None = None
    applies_to: Literal["gross", "net"] = "gross"
    promotion: bool = False


class Modifier(NamedTuple):
    """An addition to each unit of a line (extra cheese); `price` is for one, and below 0 for leaving something out."""

    name: str
    price: int
    quantity: int = 1


class Line(NamedTuple):
    """`quantity` (above 0, at most 3 places) of something at `price` a unit; taxes in the order they are figured in.

    `amount` is what all of it costs if that is said already: a scale's label counts, not what the weight costs now.
    """

    price: int
    quantity: Decimal
    modifiers: tuple[Modifier, ...] = ()
    discounts: tuple[Discount, ...] = ()
    taxes: tuple[Tax, ...] = ()
    amount: int | None = None


class ServiceCharge(NamedTuple):
    """`percent` or `amount` on top of the order; several do not build on each other.

    `on` says what the percentage is of, and what a taxable charge is spread by: the lines after or before discounts.
    A taxable charge becomes part of what each line costs: the line's taxes apply to it as to the price, so an included
    tax is contained in the charge too. One on the `total` is of what everything else but the tip comes to, taxes
    included, and is not taxed itself (Square's total phase).
    """

    name: str
    percent: Decimal | None = None
    amount: int | None = None
    taxable: bool = False
    on: Literal["discounted", "undiscounted", "total"] = "discounted"


class Ticket(NamedTuple):
    """All that decides what an order costs. Amounts are minor units of the policy's currency."""

    lines: tuple[Line, ...]
    discounts: tuple[Discount, ...] = ()
    service_charges: tuple[ServiceCharge, ...] = ()
    tip: int = 0


class LineTax(NamedTuple):
    """What one tax amounts to on one line."""

    tax_id: str
    amount: int


class PricedLine(NamedTuple):
    """What a line costs. `discounts` are its own, in the ticket's order; `order_discount` and `service_charge` are its
    parts of the order's discounts and taxable charges; `tax` is all its tax, included and added; `net` is without any.
    """

    gross: int
    discount: int
    discounts: tuple[int, ...]
    order_discount: int
    service_charge: int
    net: int
    tax: int
    taxes: tuple[LineTax, ...]
    total: int


class AppliedDiscount(NamedTuple):
    """What an order discount took off the lines' prices, included taxes and all."""

    name: str
    amount: int


class AppliedServiceCharge(NamedTuple):
    """What a service charge came to; `tax` is the part of the order's tax that falls on it, contained or on top."""

    name: str
    amount: int
    tax: int


class TaxTotal(NamedTuple):
    """A tax over the whole order; `base` is what it is a percentage of: net of included taxes, with the compound taxes
    before it, and after the base fraction (Indonesia's "DPP nilai lain").
    """

    tax_id: str
    name: str
    rate: Decimal
    included: bool
    base: int
    amount: int


class Pricing(NamedTuple):
    """What an order costs, in minor units. The module's docstring states what adds up to what."""

    lines: tuple[PricedLine, ...]
    subtotal: int
    discounts: tuple[AppliedDiscount, ...]
    discount_total: int
    service_charges: tuple[AppliedServiceCharge, ...]
    service_charge_total: int
    taxes: tuple[TaxTotal, ...]
    tax_total: int
    included_tax_total: int
    tip: int
    total: int


class Tender(NamedTuple):
    """A payment as the customer makes it: `amount` of the order by `method`, and for cash what was handed over.

    Cash without `tendered` means that `amount` was handed over, more than is due included.
    """

    method: str
    amount: int
    tendered: int | None = None


class SettledTender(NamedTuple):
    """What of a tender pays the order (`amount`: for cash, what stays in the drawer), and what is given back."""

    method: str
    amount: int
    tendered: int
    change: int


class Settlement(NamedTuple):
    """How far tenders pay a total.

    `cash_rounding` is what rounding the cash part to coins added (or, below 0, waived). `amount_due` is still to be
    paid; `cash_due` is the same if all of it is paid in cash. `paid` is without change.
    """

    tenders: tuple[SettledTender, ...]
    cash_rounding: int
    amount_due: int
    cash_due: int
    paid: int
    change: int


class Balance(NamedTuple):
    """What payments that were taken leave of a total; the fields are `Settlement`'s. Too much paid is due below 0."""

    cash_rounding: int
    amount_due: int
    cash_due: int


type _Taxes = Sequence[tuple[Tax, ...]]  # of each line


def price_ticket(ticket: Ticket, policy: Policy) -> Pricing:
    """Computes what a ticket costs under a policy.

    Raises ValueError for a discount or service charge that is not either a percentage or an amount, and otherwise
    `Invalid` (422) with a pointer into the ticket: `order.quantity_invalid`, `order.price_negative`,
    `order.discount_invalid`, `order.discount_too_large`, `order.service_charge_negative`, `order.tax_repeated`,
    `order.tip_negative`, `order.amount_too_large`.
    """
    if ticket.tip < 0:
        raise Invalid("order.tip_negative", "A tip cannot be below 0.", "/tip")
    taxes = [line.taxes for line in ticket.lines]
    gross = gross_amounts(ticket.lines, policy)
    own_discounts = _own_discounts(ticket.lines, gross, policy)
    after_own = _less(gross, own_discounts)
    order_discounts = _discount(after_own, taxes, ticket.discounts, policy, "/discounts")
    discounted = _less(after_own, order_discounts)
    charges, charge_parts = _charge(ticket.service_charges, gross, discounted, policy)
    taxable = [amount + sum(parts) for amount, parts in zip(discounted, charge_parts, strict=True)]
    tax_amounts = _tax(taxable, taxes, policy)
    lines = [
        _priced_line(*figures)
        for figures in zip(gross, own_discounts, order_discounts, charge_parts, taxes, tax_amounts, strict=True)
    ]
    applied_discounts = tuple(
        AppliedDiscount(discount.name, sum(parts[k] for parts in order_discounts))
        for k, discount in enumerate(ticket.discounts)
    )
    charge_taxes = _charge_taxes(lines, charge_parts, len(charges))
    charges = _charge_total(ticket.service_charges, charges, sum(line.total for line in lines), policy)
    applied_charges = tuple(
        AppliedServiceCharge(charge.name, amount, tax)
        for charge, amount, tax in zip(ticket.service_charges, charges, charge_taxes, strict=True)
    )
    tax_totals = _tax_totals(lines, taxes, policy.rounding_mode)
    return _summed(lines, applied_discounts, applied_charges, tax_totals, ticket.tip)


def gross_amounts(lines: Sequence[Line], policy: Policy) -> list[int]:
    """What each line comes to before any discount; refused as in `price_ticket`."""
    return [_gross(line, policy, f"/lines/{i}") for i, line in enumerate(lines)]


def discounted_amounts(lines: Sequence[Line], policy: Policy) -> list[int]:
    """What each line comes to after its own discounts; refused as in `price_ticket`."""
    gross = gross_amounts(lines, policy)
    return _less(gross, _own_discounts(lines, gross, policy))


def tax_parts(amounts: Sequence[int], taxes: Sequence[tuple[Tax, ...]], policy: Policy) -> list[list[int]]:
    """What each tax of each line comes to, of lines that cost these amounts after discounts and taxable charges."""
    return _tax(list(amounts), taxes, policy)


def percent_of(percent: Decimal, amount: int, mode: Rounding) -> int:
    """What a percentage takes off an amount.

    It is the price after it that is rounded: 50 % off 83.33 leaves 41.67 (Vendure's tests), and 10 % off 915 is 91
    (Square, developer.squareup.com/forums/t/order-calculation-with-discount-and-service-charges/16894).
    """
    numerator, denominator = (100 - percent).as_integer_ratio()
    return amount - round_ratio(amount * numerator, 100 * denominator, mode)


def settle(total: int, tenders: Sequence[Tender], policy: Policy) -> Settlement:
    """Sets tenders against what is to be paid; only the cash part is rounded, to the policy's cash rounding step.

    The cash part is what the other tenders leave of the total, whatever the order they come in. Cash pays it when its
    amount reaches it, rounded or exact (of 4.92 on 5-cent coins, an amount of 4.92 or 4.90 pays 4.90); what was handed
    over above that is change. Less is a part payment, taken as it is. A negative total is a refund: all amounts are
    negative, each figure the mirror of the sale's. For payments that come later there are `balance` and `next_tender`.

    Raises `Invalid` (422): `payment.amount_invalid` for a sign unlike the total's, `payment.overpaid` for more than is
    due by anything but cash or for cash when nothing is due, `payment.tendered_invalid` for `tendered` with another
    method or below what the cash has to pay.
    """
    if total < 0:
        return _mirrored(settle(-total, [_negated(tender) for tender in tenders], policy))
    due = total - _paid_without_cash(total, tenders)
    cash_due = round_to_step(due, policy.cash_rounding_step, policy.rounding_mode)
    cash_rounding = 0
    settled = []
    for i, tender in enumerate(tenders):
        if tender.method != CASH:
            settled.append(SettledTender(tender.method, tender.amount, tender.amount, 0))
            continue
        paid = _pay_in_cash(tender, due, cash_due, f"/payments/{i}")
        settled.append(paid)
        if paid.amount == cash_due:
            cash_rounding += cash_due - due
            due = cash_due = 0
        else:
            due -= paid.amount
            cash_due -= paid.amount
    return Settlement(
        tenders=tuple(settled),
        cash_rounding=cash_rounding,
        amount_due=due,
        cash_due=cash_due,
        paid=sum(tender.amount for tender in settled),
        change=sum(tender.change for tender in settled),
    )


def balance(total: int, taken: Sequence[Tender], policy: Policy) -> Balance:
    """Where a total stands after payments that were taken at any time, each with the amount that it settled.

    Cash settles what the others leave when it reaches that, rounded or exact. Of tenders that `settle` has settled,
    this says the same again; it also holds when others, or the total, changed after cash was taken.
    """
    cash = [tender.amount for tender in taken if tender.method == CASH]
    due = total - sum(tender.amount for tender in taken if tender.method != CASH)
    coins, paid = round_to_step(due, policy.cash_rounding_step, policy.rounding_mode), sum(cash)
    if cash and min(due, coins) <= paid <= max(due, coins):
        return Balance(cash_rounding=paid - due, amount_due=0, cash_due=0)
    return Balance(cash_rounding=0, amount_due=due - paid, cash_due=coins - paid)


def next_tender(total: int, taken: Sequence[Tender], tender: Tender, policy: Policy) -> SettledTender:
    """What one more tender settles of what `taken` ones leave; refused as in `settle`, with pointers to its fields."""
    left = balance(total, taken, policy)
    if tender.method == CASH:
        return _pay_in_cash(tender, left.amount_due, left.cash_due, "")
    if tender.amount > left.amount_due:
        detail = f"{tender.amount} by {tender.method} is more than the {left.amount_due} still to pay."
        raise Invalid("payment.overpaid", detail, "/amount")
    return SettledTender(tender.method, tender.amount, tender.amount, 0)


def _summed(
    lines: list[PricedLine],
    discounts: tuple[AppliedDiscount, ...],
    service_charges: tuple[AppliedServiceCharge, ...],
    taxes: tuple[TaxTotal, ...],
    tip: int,
) -> Pricing:
    subtotal = sum(line.gross for line in lines)
    discount_total = sum(line.discount for line in lines)
    service_charge_total = sum(charge.amount for charge in service_charges)
    tax_total = sum(tax.amount for tax in taxes)
    included_tax_total = sum(tax.amount for tax in taxes if tax.included)
    total = subtotal - discount_total + service_charge_total + tax_total - included_tax_total + tip
    if max(subtotal, total) > MAX_AMOUNT:
        raise Invalid("order.amount_too_large", f"The order comes to more than {MAX_AMOUNT}.", "/lines")
    return Pricing(
        lines=tuple(lines),
        subtotal=subtotal,
        discounts=discounts,
        discount_total=discount_total,
        service_charges=service_charges,
        service_charge_total=service_charge_total,
        taxes=taxes,
        tax_total=tax_total,
        included_tax_total=included_tax_total,
        tip=tip,
        total=total,
    )


def _less(amounts: list[int], taken: list[list[int]]) -> list[int]:
    return [amount - sum(parts) for amount, parts in zip(amounts, taken, strict=True)]


def _require_one_of(percent: Decimal | None, amount: int | None) -> None:
    if (percent is None) == (amount is None):
        raise ValueError("give either percent or amount")


def _gross(line: Line, policy: Policy, pointer: str) -> int:
    """What a line costs before anything else, once it is known to be sound."""
    numerator, denominator = line.quantity.as_integer_ratio()
    if numerator <= 0 or 1000 % denominator:
        raise Invalid(
            "order.quantity_invalid", "A quantity is above 0, with at most 3 decimal places.", f"{pointer}/quantity"
        )
    if len({tax.id for tax in line.taxes}) < len(line.taxes):
        raise Invalid("order.tax_repeated", "The same tax is on the line twice.", f"{pointer}/taxes")
    price = line.price + sum(modifier.price * modifier.quantity for modifier in line.modifiers)
    if price < 0 or (line.amount is not None and line.amount < 0):
        raise Invalid("order.price_negative", "The price with its modifiers is below 0.", f"{pointer}/price")
    gross = round_ratio(price * numerator, denominator, policy.rounding_mode) if line.amount is None else line.amount
    if gross > MAX_AMOUNT:
        raise Invalid("order.amount_too_large", f"The line comes to more than {MAX_AMOUNT}.", pointer)
    return gross


def _own_discounts(lines: Sequence[Line], gross: list[int], policy: Policy) -> list[list[int]]:
    return [
        _discount([amount], [line.taxes], line.discounts, policy, f"/lines/{i}/discounts")[0]
        for i, (line, amount) in enumerate(zip(lines, gross, strict=True))
    ]


def _discount(
    amounts: list[int], taxes: _Taxes, discounts: Sequence[Discount], policy: Policy, pointer: str
) -> list[list[int]]:
    """What each discount takes off each amount: percentages first, each of what is left, then fixed amounts.

    That order is Clover's (docs.clover.com/docs/calculating-order-totals), and Square's within a level
    (developer.squareup.com/docs/orders-api/discounts). Those on the net follow those on the gross, and promotions go
    before all.
    """
    taken = [[0] * len(discounts) for _ in amounts]
    left = amounts
    by_turn = sorted(enumerate(discounts), key=lambda item: _turn(item[1]))
    for k, discount in by_turn:
        reduced = _reduced(left, taxes, discount, policy, f"{pointer}/{k}")
        for i, amount in enumerate(left):
            taken[i][k] = amount - reduced[i]
        left = reduced
    return taken


def _turn(discount: Discount) -> tuple[bool, ...]:
    return not discount.promotion, discount.applies_to == "net", discount.percent is None


def _reduced(amounts: list[int], taxes: _Taxes, discount: Discount, policy: Policy, pointer: str) -> list[int]:
    """The amounts after a discount, spread over them by what they come to."""
    if discount.applies_to == "gross":
        parts = allocate(_taken_off(discount, sum(amounts), policy, pointer), amounts)
        return [amount - part for amount, part in zip(amounts, parts, strict=True)]
    contained = _included(_tax(amounts, taxes, policy), taxes)
    nets = [amount - tax for amount, tax in zip(amounts, contained, strict=True)]
    parts = allocate(_taken_off(discount, sum(nets), policy, pointer), nets)
    kept = [net - part for net, part in zip(nets, parts, strict=True)]
    renewed = _included(_tax(kept, taxes, policy, contained=False), taxes)
    # A net and the tax on it need not make the price they came from (9176 + 19 % is 10919, out of 10920): what no part
    # of the discount falls on stays as it is, and nothing becomes dearer.
    return [
        min(amount, net + tax) if part else amount
        for amount, net, tax, part in zip(amounts, kept, renewed, parts, strict=True)
    ]


def _taken_off(discount: Discount, base: int, policy: Policy, pointer: str) -> int:
    """What a discount takes off a base."""
    _require_one_of(discount.percent, discount.amount)
    if discount.percent is not None:
        if not 0 <= discount.percent <= 100:
            raise Invalid("order.discount_invalid", f"Discount {discount.name!r} is not between 0 and 100 %.", pointer)
        return percent_of(discount.percent, base, policy.rounding_mode)
    amount = discount.amount or 0
    if amount < 0:
        raise Invalid("order.discount_invalid", f"Discount {discount.name!r} is below 0.", pointer)
    if amount > base and discount.promotion:
        return base
    if amount > base:
        detail = f"Discount {discount.name!r} takes {amount} off, but only {base} is left to take it from."
        raise Invalid("order.discount_too_large", detail, pointer)
    return amount


def _charge(
    charges: Sequence[ServiceCharge], gross: list[int], discounted: list[int], policy: Policy
) -> tuple[list[int], list[tuple[int, ...]]]:
    """What each charge comes to, and for each line its parts of them (0 for those that are not taxable)."""
    amounts, columns = [], []
    for k, charge in enumerate(charges):
        _require_one_of(charge.percent, charge.amount)
        if charge.on == "total" and charge.taxable:
            raise ValueError("a charge on the total comes after tax")
        bases = gross if charge.on == "undiscounted" else discounted
        amount = charge.amount or 0
        if charge.percent is not None and charge.on != "total":
            numerator, denominator = charge.percent.as_integer_ratio()
            amount = round_ratio(sum(bases) * numerator, 100 * denominator, policy.rounding_mode)
        if amount < 0:
            detail = f"Service charge {charge.name!r} is below 0."
            raise Invalid("order.service_charge_negative", detail, f"/service_charges/{k}")
        amounts.append(amount)
        columns.append(allocate(amount, bases) if charge.taxable and bases else [0] * len(bases))
    return amounts, [tuple(column[i] for column in columns) for i in range(len(gross))]


def _charge_total(charges: Sequence[ServiceCharge], amounts: list[int], lines_total: int, policy: Policy) -> list[int]:
    """The charges with those that are a percentage of the total, which is known only after tax; they do not build on
    each other.
    """
    base = lines_total + sum(
        amount for charge, amount in zip(charges, amounts, strict=True) if not charge.taxable and charge.on != "total"
    )
    figured = list(amounts)
    for k, charge in enumerate(charges):
        if charge.on == "total" and charge.percent is not None:
            numerator, denominator = charge.percent.as_integer_ratio()
            figured[k] = round_ratio(base * numerator, 100 * denominator, policy.rounding_mode)
            if figured[k] < 0:
                detail = f"Service charge {charge.name!r} is below 0."
                raise Invalid("order.service_charge_negative", detail, f"/service_charges/{k}")
    return figured


def _tax(amounts: list[int], taxes: _Taxes, policy: Policy, *, contained: bool = True) -> list[list[int]]:
    """What each tax of each line amounts to. `contained=False` takes the amounts to be without the included taxes."""
    if policy.tax_rounding == "per_order":
        return _tax_per_order(amounts, taxes, policy.rounding_mode, contained)
    return [
        _tax_line(amount, line_taxes, policy.rounding_mode, contained)
        for amount, line_taxes in zip(amounts, taxes, strict=True)
    ]


def _tax_line(amount: int, taxes: tuple[Tax, ...], mode: Rounding, contained: bool) -> list[int]:
    """Taxes one line, rounding each tax; included taxes are extracted together, and the net is what they leave."""
    tax_amounts = [0] * len(taxes)
    net = amount
    if contained and any(tax.included for tax in taxes):
        shares, whole = _shares(taxes, contained)
        for j, tax in enumerate(taxes):
            if tax.included:
                # Above 100 % in all, several taxes rounded up could exceed a price of a few minor units.
                tax_amounts[j] = min(round_ratio(amount * shares[j], whole, mode), net)
                net -= tax_amounts[j]
    base = net
    for j, tax in enumerate(taxes):
        if not (contained and tax.included):
            numerator, denominator = _ratio(tax)
            tax_amounts[j] = round_ratio(base * numerator, denominator, mode)
        if tax.compound:
            base += tax_amounts[j]
    return tax_amounts


def _tax_per_order(amounts: list[int], taxes: _Taxes, mode: Rounding, contained: bool) -> list[list[int]]:
    """Sums each tax exactly over its lines, rounds it once, and spreads it back by largest remainder."""
    places: dict[Tax, list[tuple[int, int]]] = {}
    for i, line_taxes in enumerate(taxes):
        for j, tax in enumerate(line_taxes):
            places.setdefault(tax, []).append((i, j))
    shares = [_shares(line_taxes, contained) for line_taxes in taxes]
    common = lcm(*{whole for _, whole in shares})
    tax_amounts = [[0] * len(line_taxes) for line_taxes in taxes]
    room = list(amounts)
    for tax, where in places.items():
        exact = [amounts[i] * shares[i][0][j] * (common // shares[i][1]) for i, j in where]
        parts = allocate(round_ratio(sum(exact), common, mode), exact)
        if contained and tax.included:
            parts = _fitted(parts, [room[i] for i, _ in where])
        for (i, j), part in zip(where, parts, strict=True):
            tax_amounts[i][j] = part
            room[i] -= part if tax.included else 0
    return tax_amounts


def _fitted(parts: list[int], room: list[int]) -> list[int]:
    """The parts, none above its room: spreading several included taxes can put more than 1 on a line that costs 1.

    What exceeds it moves to the next line with room. None has any only when included rates are far above 100 % and
    lines cost a few minor units; then the tax is that much less, since a price cannot contain more than itself.
    """
    fitted = list(map(min, parts, room))
    excess = sum(parts) - sum(fitted)
    for i, part in enumerate(fitted):
        more = min(room[i] - part, excess)
        fitted[i] += more
        excess -= more
    return fitted


@lru_cache(maxsize=256)
def _shares(taxes: tuple[Tax, ...], contained: bool) -> tuple[tuple[int, ...], int]:
    """How much of a line's amount each of its taxes is: exact numerators over one denominator."""
    base = whole = 1
    shares: list[int] = []
    for tax in taxes:
        numerator, denominator = _ratio(tax)
        share = base * numerator
        base, whole = base * denominator, whole * denominator
        shares = [earlier * denominator for earlier in shares] + [share]
        if tax.compound:
            base += share
    if contained:
        whole += sum(share for share, tax in zip(shares, taxes, strict=True) if tax.included)
    return tuple(shares), whole


def _ratio(tax: Tax) -> tuple[int, int]:
    """A tax as a fraction of its base."""
    numerator, denominator = tax.rate.as_integer_ratio()
    part, whole = tax.base_fraction or (1, 1)
    return numerator * part, denominator * whole * 100


def _included(tax_amounts: list[list[int]], taxes: _Taxes) -> list[int]:
    return [_included_of_line(*line) for line in zip(tax_amounts, taxes, strict=True)]


def _included_of_line(tax_amounts: list[int], taxes: tuple[Tax, ...]) -> int:
    return sum(amount for amount, tax in zip(tax_amounts, taxes, strict=True) if tax.included)


def _priced_line(
    gross: int,
    own_discounts: list[int],
    order_discounts: list[int],
    charge_parts: tuple[int, ...],
    taxes: tuple[Tax, ...],
    tax_amounts: list[int],
) -> PricedLine:
    order_discount, service_charge, tax = sum(order_discounts), sum(charge_parts), sum(tax_amounts)
    discount = sum(own_discounts) + order_discount
    net = gross - discount + service_charge - _included_of_line(tax_amounts, taxes)
    return PricedLine(
        gross=gross,
        discount=discount,
        discounts=tuple(own_discounts),
        order_discount=order_discount,
        service_charge=service_charge,
        net=net,
        tax=tax,
        taxes=tuple(LineTax(tax.id, amount) for tax, amount in zip(taxes, tax_amounts, strict=True)),
        total=net + tax,
    )


def _tax_totals(lines: list[PricedLine], taxes: _Taxes, mode: Rounding) -> tuple[TaxTotal, ...]:
    """Each tax over the order, in the order in which the lines first name it."""
    sums: dict[Tax, tuple[int, int]] = {}
    for line, line_taxes in zip(lines, taxes, strict=True):
        base = line.net
        for tax, on_line in zip(line_taxes, line.taxes, strict=True):
            base_sum, amount_sum = sums.get(tax, (0, 0))
            sums[tax] = (base_sum + base, amount_sum + on_line.amount)
            if tax.compound:
                base += on_line.amount
    return tuple(
        TaxTotal(tax.id, tax.name, tax.rate, tax.included, _fraction_of(base, tax, mode), amount)
        for tax, (base, amount) in sums.items()
    )


def _fraction_of(base: int, tax: Tax, mode: Rounding) -> int:
    part, whole = tax.base_fraction or (1, 1)
    return round_ratio(base * part, whole, mode)


def _charge_taxes(lines: list[PricedLine], charge_parts: list[tuple[int, ...]], count: int) -> list[int]:
    """The part of the lines' tax that falls on each service charge, in proportion to what was taxed."""
    falls_on = [0] * count
    for line, parts in zip(lines, charge_parts, strict=True):
        if line.tax and any(parts):
            _, *on_charges = allocate(line.tax, [line.gross - line.discount, *parts])
            falls_on = [so_far + more for so_far, more in zip(falls_on, on_charges, strict=True)]
    return falls_on


def _paid_without_cash(total: int, tenders: Sequence[Tender]) -> int:
    """What the tenders other than cash pay. Nobody gives change for a card, so they cannot exceed the total."""
    paid = 0
    for i, tender in enumerate(tenders):
        if tender.amount < 0:
            detail = "A payment cannot be below 0, nor a refund's above 0."
            raise Invalid("payment.amount_invalid", detail, f"/payments/{i}/amount")
        if tender.method == CASH:
            continue
        if tender.tendered is not None:
            detail = f"Only cash has an amount tendered, not {tender.method}."
            raise Invalid("payment.tendered_invalid", detail, f"/payments/{i}/tendered")
        if tender.amount > total - paid:
            detail = f"{tender.amount} by {tender.method} is more than the {total - paid} still to pay."
            raise Invalid("payment.overpaid", detail, f"/payments/{i}/amount")
        paid += tender.amount
    return paid


def _pay_in_cash(tender: Tender, due: int, cash_due: int, pointer: str) -> SettledTender:
    """A cash tender against what is due, which coins can only pay as `cash_due`; paying that settles it."""
    if tender.amount and not due:
        raise Invalid("payment.overpaid", "Nothing is left to pay.", f"{pointer}/amount")
    handed = tender.amount if tender.tendered is None else tender.tendered
    pays = cash_due if tender.amount >= min(due, cash_due) else tender.amount
    if handed == due and pays == cash_due:
        handed = cash_due
    if handed < pays:
        raise Invalid("payment.tendered_invalid", f"{handed} in cash does not pay {pays}.", f"{pointer}/tendered")
    return SettledTender(CASH, pays, handed, handed - pays)


def _negated(tender: Tender) -> Tender:
    return Tender(tender.method, -tender.amount, None if tender.tendered is None else -tender.tendered)


def _mirrored(settlement: Settlement) -> Settlement:
    return Settlement(
        tenders=tuple(
            SettledTender(tender.method, -tender.amount, -tender.tendered, -tender.change)
            for tender in settlement.tenders
        ),
        cash_rounding=-settlement.cash_rounding,
        amount_due=-settlement.amount_due,
        cash_due=-settlement.cash_due,
        paid=-settlement.paid,
        change=-settlement.change,
    )
