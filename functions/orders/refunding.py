"""Rules of refunds, without I/O: what goes back of an order, by its own figures and policy and nothing else.

Every refund takes its share of what is left: of a line with 3 pieces left, one takes a third of each figure, and the
last one takes the rest. So any sequence of refunds that returns everything sums to the order's own figures to the minor
unit, and none ever takes more than there is. docs/money.md has a worked example.
"""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from orders import rules, selling
from orders.models import (
    Method,
    Move,
    NewRefund,
    Order,
    OrderLine,
    Payment,
    Refund,
    RefundLine,
    RefundLineInput,
    RefundTax,
    RefundTender,
    RefundTenderInput,
)
from orders.pricing import CASH
from pos.errors import DomainError, Invalid
from pos.money import Rounding, allocate, round_ratio, round_to_step
from vouchers.rules import new_code


class Returned(NamedTuple):
    """What goes back of a sale: parts of its lines and of its tip."""

    lines: tuple[RefundLine, ...]
    tip: int

    @property
    def total(self) -> int:
        """What it is worth."""
        return sum(line.total for line in self.lines) + self.tip


class Repayment(NamedTuple):
    """How money goes back; `cash_rounding` is what paying a part of it in coins adds (below 0: waives)."""

    tenders: tuple[RefundTender, ...]
    cash_rounding: int


def refund(
    order: Order,
    new: NewRefund,
    *,
    refund_id: str,
    at: str,
    actor: str,
    register_id: str | None,
    business_date: str,
    exchanged: RefundTender | None = None,
) -> Refund:
    """The refund that a request asks of an order as it is now; a part of it may pay the order that it is `exchanged`
    for.

    409 `order.not_refundable`; 422 as `returned` and `repayment` say.
    """
    check_refundable(order, new)
    due_again = order.status != "completed"
    back = Returned((), 0) if due_again or new.declined else returned(order, new)
    total = new.amount or 0 if due_again else back.total
    if due_again and total > refundable(order):
        raise Invalid("refund.exceeds_paid", f"{refundable(order)} is paid, not {total}.", "/amount")
    by_exchange = () if exchanged is None else (exchanged,)
    paid_back = repayment(order, order.refund_due if new.declined else total, new.tenders, by_exchange)
    return Refund(
        id=refund_id,
        at=at,
        actor=actor,
        reason=new.reason,
        register_id=register_id,
        business_date=business_date,
        lines=back.lines,
        amount=new.amount,
        tip=back.tip,
        total=total,
        cash_rounding=paid_back.cash_rounding,
        tenders=paid_back.tenders,
        due_again=due_again,
    )


def with_codes(refund: Refund) -> Refund:
    """The refund with the codes of the vouchers that it issues."""
    tenders = tuple(
        tender.model_copy(update={"reference": new_code()}) if tender.issued else tender for tender in refund.tenders
    )
    return refund.model_copy(update={"tenders": tenders})


# --- what goes back ---------------------------------------------------------------------------------------------------


def returned(order: Order, new: NewRefund) -> Returned:
    """What a refund of a completed order gives back of its lines and tip.

    422 for a line that the order has not or more of it than is left, for a fraction of what is sold whole, and
    `refund.exceeds_paid` for more than is left of what was paid.
    """
    lines = _by_quantity(order, new.lines, restock=new.restock) if new.amount is None else _by_amount(order, new.amount)
    tip = order.tip - sum(refund.tip for refund in _of_sale(order)) if new.tip else 0
    back = Returned(lines, tip)
    if back.total > refundable(order):
        pointer = "/lines" if new.lines else "/amount" if new.amount else "/tip"
        detail = f"That comes to {back.total}, but {refundable(order)} is left of what was paid."
        raise Invalid("refund.exceeds_paid", detail, pointer)
    return back


def check_refundable(order: Order, new: NewRefund) -> None:
    """Refuse to refund a cancelled order, and goods of one that is not completed: its lines are changed instead; and to
    give what was declined where nothing was.
    """
    if new.declined:
        if not order.refund_due:
            raise DomainError("refund.nothing_declined", "No provider declined to give back money of this order.")
        return
    if order.status == "cancelled":
        raise DomainError("order.not_refundable", "The order is cancelled: its payments were voided with it.")
    if order.status != "completed" and new.amount is None:
        detail = "The order is not completed: refund an amount of what is paid, and change its lines."
        raise DomainError("order.not_refundable", detail, pointer="/lines" if new.lines else "/tip")


def refundable(order: Order) -> int:
    """How much of an order can be refunded: before it is completed what is paid, then what was settled of its total
    and not refunded yet.
    """
    if order.status != "completed":
        return order.paid
    return order.total - order.amount_due - sum(refund.total for refund in _of_sale(order))


def money_left(order: Order) -> int:
    """The money that an order was paid and that did not go back."""
    return order.refund_due if order.status == "cancelled" else order.paid - order.refunded


class _Left(NamedTuple):
    """What is left of a line: no figure below 0; `goods` is gross less discount. `net` and the taxes make up the same
    total as `goods`, the service charge and the taxes on top.
    """

    line: OrderLine
    quantity: Decimal
    goods: int
    discount: int
    service_charge: int
    net: int
    taxes: tuple[RefundTax, ...]
    included: tuple[bool, ...]

    @property
    def total(self) -> int:
        return self.net + sum(tax.amount for tax in self.taxes)

    def without(self, gone: RefundLine) -> "_Left":
        return self._replace(
            quantity=self.quantity - gone.quantity,
            goods=self.goods - (gone.gross - gone.discount),
            discount=self.discount - gone.discount,
            service_charge=self.service_charge - gone.service_charge,
            net=self.net - gone.net,
            taxes=tuple(
                RefundTax(tax_id=tax.tax_id, base=tax.base - less.base, amount=tax.amount - less.amount)
                for tax, less in zip(self.taxes, gone.taxes, strict=True)
            ),
        )

    def part(self, total: int, share: tuple[int, int], mode: Rounding, quantity: Decimal, restock: bool) -> RefundLine:
        """A part that comes to `total`; what does not make up the total goes by the `share`."""
        net, *amounts = allocate(total, [self.net, *(tax.amount for tax in self.taxes)])
        contained = sum(amount for amount, included in zip(amounts, self.included, strict=True) if included)
        goods, service_charge = allocate(net + contained, [self.goods, self.service_charge])
        discount = _share(self.discount, share, mode)
        return RefundLine(
            line_id=self.line.id,
            quantity=quantity,
            gross=goods + discount,
            discount=discount,
            service_charge=service_charge,
            net=net,
            tax=sum(amounts),
            total=total,
            restock=restock,
            taxes=tuple(
                RefundTax(tax_id=tax.tax_id, base=_share(tax.base, share, mode), amount=amount)
                for tax, amount in zip(self.taxes, amounts, strict=True)
            ),
        )


def _by_quantity(order: Order, wanted: Sequence[RefundLineInput], *, restock: bool) -> tuple[RefundLine, ...]:
    left = {one.line.id: one for one in _left(order)}
    parts: dict[str, RefundLine] = {}
    for position, given in enumerate(wanted):
        pointer = f"/lines/{position}"
        if given.line_id not in left:
            raise Invalid("line.unknown", f"The order has no line {given.line_id}.", f"{pointer}/line_id")
        if given.line_id in parts:
            raise Invalid("line.repeated", f"The line {given.line_id} is named twice.", f"{pointer}/line_id")
        line = left[given.line_id]
        _check_quantity(line, given.quantity, pointer)
        share = _thousandths(given.quantity), _thousandths(line.quantity)
        mode = Rounding(order.policy.rounding_mode)
        to_stock = restock if given.restock is None else given.restock
        parts[given.line_id] = line.part(_share(line.total, share, mode), share, mode, given.quantity, to_stock)
    return tuple(parts.values())


def _check_quantity(left: _Left, quantity: Decimal, pointer: str) -> None:
    if quantity > left.quantity:
        detail = f"Of {left.line.name}, {left.quantity} can still be returned."
        raise Invalid("refund.quantity_exceeded", detail, f"{pointer}/quantity")
    try:
        selling.check_quantity(quantity, left.line.name, not left.line.components)
        selling.check_modified(quantity, left.line.modifiers)
    except Invalid as refused:
        raise Invalid(refused.code, refused.detail, f"{pointer}/quantity") from None


def _by_amount(order: Order, amount: int) -> tuple[RefundLine, ...]:
    """An amount as what each line becomes cheaper by, so that its taxes follow."""
    left = [one for one in _left(order) if one.total]
    worth = [one.total for one in left]
    if amount > sum(worth):
        detail = f"Only {sum(worth)} is left of the lines; the tip goes back by tip: true."
        raise Invalid("refund.exceeds_paid", detail, "/amount")
    mode = Rounding(order.policy.rounding_mode)
    return tuple(
        line.part(part, (part, line.total), mode, Decimal(0), False)
        for line, part in zip(left, allocate(amount, worth), strict=True)
        if part
    )


def _left(order: Order) -> list[_Left]:
    """What is left of each line after all refunds so far."""
    left = {one.line.id: one for one in _whole(order)}
    for refund in order.refunds:
        for gone in refund.lines:
            left[gone.line_id] = left[gone.line_id].without(gone)
    return list(left.values())


def _whole(order: Order) -> Iterator[_Left]:
    """What each line came to, with its parts of the charges that are on no line and of each tax's base."""
    untaxed = sum(charge.amount for charge in order.service_charges if not charge.taxable)
    charges = allocate(untaxed, [line.total for line in order.lines]) if order.lines else []
    included = {tax.tax_id: tax.included for tax in order.taxes}
    for line, charge, amounts, bases in zip(
        order.lines, charges, rules.tax_parts(order), _tax_bases(order), strict=True
    ):
        yield _Left(
            line=line,
            quantity=line.quantity,
            goods=line.gross - line.discount,
            discount=line.discount,
            service_charge=line.service_charge + charge,
            net=line.net + charge,
            taxes=tuple(
                RefundTax(tax_id=tax_id, base=base, amount=amount)
                for tax_id, base, amount in zip(line.tax_ids, bases, amounts, strict=True)
            ),
            included=tuple(included[tax_id] for tax_id in line.tax_ids),
        )


def _tax_bases(order: Order) -> list[list[int]]:
    """Each tax's base, spread over its lines by what they came to."""
    bases = [[0] * len(line.tax_ids) for line in order.lines]
    for tax in order.taxes:
        taxed = [i for i, line in enumerate(order.lines) if tax.tax_id in line.tax_ids]
        parts = allocate(tax.base, [order.lines[i].net for i in taxed]) if taxed else []
        for i, part in zip(taxed, parts, strict=True):
            bases[i][order.lines[i].tax_ids.index(tax.tax_id)] = part
    return bases


def _share(figure: int, share: tuple[int, int], mode: Rounding) -> int:
    part, whole = share
    return round_ratio(figure * part, whole, mode)


def _thousandths(quantity: Decimal) -> int:
    return int(quantity.scaleb(3))


def _of_sale(order: Order) -> list[Refund]:
    return [refund for refund in order.refunds if not refund.due_again]


# --- how the money goes back ------------------------------------------------------------------------------------------


def repayment(
    order: Order, total: int, given: Sequence[RefundTenderInput], exchanged: Sequence[RefundTender] = ()
) -> Repayment:
    """How `total` goes back: what is `exchanged`, and the rest as `given`, or into the payments that it came from, the
    largest first, and what those cannot take in cash.

    Never more money than was paid and did not go back: what paying in coins waived is not given back. 422
    `refund.tenders_mismatch` for tenders that come to something else, `refund.tender_unmatched` for one that no payment
    has room for.
    """
    money = min(total, money_left(order))
    to_give = total - sum(tender.amount for tender in exchanged)
    other = [*exchanged, *(_assigned(order, given) if given else _by_default(order, to_give))]
    by_others = sum(tender.amount for tender in other)
    rest = total - by_others
    coins = _coins(order, rest, money_left(order) - by_others) if by_others <= money else 0
    cash = _cash(given, rest, coins) if given else coins
    if by_others > money or (cash == 0 and coins and by_others < money):
        detail = f"The tenders come to {by_others + cash}, and what goes back to {money}."
        raise Invalid("refund.tenders_mismatch", detail, "/tenders")
    in_cash = (RefundTender(method="cash", amount=cash),) if cash else ()
    return Repayment((*other, *in_cash), cash - rest)


def _cash(given: Sequence[RefundTenderInput], rest: int, coins: int) -> int:
    """What tenders in cash give back: what coins make of the rest, whether that is named rounded or exact."""
    named = [tender.amount for tender in given if tender.method == CASH]
    if not named:
        return 0
    if sum(named) not in (rest, coins):
        raise Invalid("refund.tenders_mismatch", f"{coins} goes back in cash, not {sum(named)}.", "/tenders")
    return coins


def _coins(order: Order, exact: int, most: int) -> int:
    """What coins make of the next `exact` amount in cash, at `most` so much.

    It is the sum of all cash refunds that is rounded, so that many small ones do not round to more than one large. What
    goes back before the order is completed is what was paid, as it was paid.
    """
    if order.status != "completed":
        return exact
    step, mode = order.policy.cash_rounding_step, Rounding(order.policy.rounding_mode)
    given = exact_before = 0
    for refund in _of_sale(order):
        cash = sum(tender.amount for tender in refund.tenders if tender.method == CASH)
        given += cash
        exact_before += cash - refund.cash_rounding
    coins = round_to_step(exact_before + exact, step, mode) - given
    return coins if coins <= most else round_to_step(most, step, Rounding.DOWN)


class _Room(NamedTuple):
    """A payment other than cash, and how much of it has not gone back."""

    payment: Payment
    left: int


def _rooms(order: Order) -> list[_Room]:
    gone: dict[str, int] = {}
    for tender in _counting(order):
        if tender.payment_id is not None:
            gone[tender.payment_id] = gone.get(tender.payment_id, 0) + tender.amount
    return [
        _Room(one, one.amount - gone.get(one.id, 0))
        for one in order.payments
        if one.status == "captured" and one.method not in (CASH, "exchange")
    ]


def _by_default(order: Order, money: int) -> list[RefundTender]:
    """What goes back into payments other than cash: each payment, and cash as one of them, takes what it has room for,
    the largest first. The room of cash is what it settled, without what rounding to coins added or waived.
    """
    cash = sum(one.amount for one in order.payments if one.status == "captured" and one.method == CASH)
    cash -= sum(tender.amount for tender in _counting(order) if tender.method == CASH)
    if order.status == "completed":
        cash -= order.cash_rounding - sum(refund.cash_rounding for refund in _of_sale(order))
    tenders: list[RefundTender] = []
    for payment, room in sorted([(None, cash), *_rooms(order)], key=lambda one: one[1], reverse=True):
        amount = max(min(room, money), 0)
        if payment is not None:
            amount -= amount % _unit(order, payment.method)
            tenders += [_into(payment, amount)] if amount else []
        money -= amount
    return tenders


def _assigned(order: Order, given: Sequence[RefundTenderInput]) -> list[RefundTender]:
    """The tenders other than cash, each with its payment."""
    rooms = _rooms(order)
    tenders = []
    for position, one in enumerate(given):
        if one.method == CASH:
            continue
        pointer = f"/tenders/{position}"
        if one.amount % _unit(order, one.method):
            raise Invalid("points.not_whole", "Only whole points are given back.", f"{pointer}/amount")
        index = _index(rooms, one, pointer)
        if index is None:
            issued = True if one.method == "voucher" and one.reference is None else None
            tenders.append(RefundTender(method=one.method, amount=one.amount, reference=one.reference, issued=issued))
            continue
        payment, left = rooms[index]
        rooms[index] = _Room(payment, left - one.amount)
        tenders.append(_into(payment, one.amount))
    return tenders


def _index(rooms: Sequence[_Room], wanted: RefundTenderInput, pointer: str) -> int | None:
    """Which payment takes a tender back; None if it goes by itself. What a card, a QR code or points paid goes back
    there only.
    """
    for index, (payment, left) in enumerate(rooms):
        fits = payment.method == wanted.method and left >= wanted.amount
        same_voucher = wanted.method != "voucher" or wanted.reference == payment.reference
        if fits and (payment.id == wanted.payment_id or (wanted.payment_id is None and same_voucher)):
            return index
    if wanted.payment_id is None and wanted.method in ("voucher", "transfer", "other"):
        return None
    detail = f"No payment by {wanted.method} has {wanted.amount} that can go back into it."
    raise Invalid("refund.tender_unmatched", detail, f"{pointer}/{'payment_id' if wanted.payment_id else 'method'}")


def _into(payment: Payment, amount: int) -> RefundTender:
    return RefundTender(
        method=payment.method,
        amount=amount,
        payment_id=payment.id,
        reference=payment.reference if payment.method == "voucher" else None,
        status="pending" if payment.provider else "completed",
    )


def _unit(order: Order, method: Method) -> int:
    """What goes back by a method is a multiple of this: of what a point is worth."""
    return order.loyalty.point_value if method == "points" and order.loyalty is not None else 1


def _counting(order: Order) -> Iterator[RefundTender]:
    return (tender for refund in order.refunds for tender in refund.tenders if tender.counts)


# --- the order after it -----------------------------------------------------------------------------------------------


def refunded(order: Order, refund: Refund) -> dict[str, Any]:
    """The fields of an order that has this refund too."""
    refunds = (*order.refunds, refund)
    back = {line.line_id: line.quantity for line in refund.lines}
    lines = tuple(
        line.model_copy(update={"refunded": (line.refunded or 0) + back[line.id]}) if back.get(line.id) else line
        for line in order.lines
    )
    return {
        "lines": lines,
        **rules.with_refunds(order, refunds),
    }


def restocked(order: Order, refund: Refund) -> tuple[Move, ...]:
    """The stock that returns with a refund: what the lines took, components and modifiers too, by what took it."""
    lines = {line.id: line for line in order.lines}
    return rules.moves_between(
        [
            lines[back.line_id].model_copy(update={"quantity": back.quantity})
            for back in refund.lines
            if back.restock and back.quantity
        ],
        (),
    )
