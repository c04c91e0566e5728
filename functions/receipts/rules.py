"""What a receipt says of an order, and whether a print of it is the original."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

from customers.models import Customer
from orders.models import Order, OrderDiscount, OrderLine, Payment, Refund
from receipts.models import (
    Kind,
    Language,
    Mark,
    Receipt,
    ReceiptCharge,
    ReceiptDiscount,
    ReceiptLine,
    ReceiptLocation,
    ReceiptMerchant,
    ReceiptModifier,
    ReceiptParty,
    ReceiptPayment,
    ReceiptRefund,
    ReceiptRefundLine,
    ReceiptSettings,
    ReceiptTax,
)
from staff.models import Location, Merchant, Register


def kind_of(order: Order) -> Kind:
    """What a print of this order proves. Only what is completed is a receipt: before that, goods and prices change."""
    if order.status == "cancelled":
        return "cancellation"
    return "receipt" if order.status == "completed" else "bill"


def printed_as(order: Order) -> str:
    """What prints are counted for: an order has one receipt and one cancellation, but a bill for each version of it."""
    kind = kind_of(order)
    return f"bill.v{order.version:010d}" if kind == "bill" else kind


def mark_of(number: int) -> Literal["original", "copy"]:
    """What the print of this number is."""
    return "original" if number == 1 else "copy"


def receipt_of(
    order: Order,
    merchant: Merchant,
    location: Location,
    till: Register | None,
    customer: Customer | None,
    settings: ReceiptSettings,
    *,
    cashier: str | None,
    mark: Mark,
    language: Language | None = None,
    print_number: int | None = None,
) -> Receipt:
    """The receipt of an order as it stands, in the merchant's language unless another is asked for; `cashier` is the
    name of who sold, if it was a person.
    """
    return Receipt(
        order_id=order.id,
        order_version=order.version,
        kind=kind_of(order),
        mark=mark,
        print_number=print_number,
        language=language or settings.language,
        currency=order.policy.currency,
        minor_units=order.policy.minor_units,
        merchant=ReceiptMerchant(id=merchant.id, name=merchant.name, tax_id=settings.tax_id),
        location=ReceiptLocation(id=location.id, name=location.name, address=location.address),
        till=None if till is None else ReceiptParty(id=till.id, name=till.name),
        number=order.number,
        name=order.name,
        sold_at=_local(order.occurred_at or order.completed_at or order.created_at, order),
        cashier=ReceiptParty(id=cashier_of(order), name=cashier),
        customer=None if customer is None else ReceiptParty(id=customer.id, name=customer.name),
        note=order.note,
        header=settings.header,
        footer=settings.footer,
        lines=tuple(_line(line) for line in order.lines),
        subtotal=order.subtotal,
        item_discount=order.discount_total - sum(discount.applied for discount in order.discounts),
        discounts=_discounts(order.discounts),
        service_charges=tuple(
            ReceiptCharge(name=charge.name, percent=charge.percent, amount=charge.amount)
            for charge in order.service_charges
        ),
        taxes=tuple(
            ReceiptTax(name=tax.name, rate=tax.rate, included=tax.included, base=tax.base, amount=tax.amount)
            for tax in order.taxes
        ),
        tax_total=order.tax_total,
        included_tax_total=order.included_tax_total,
        tip=order.tip,
        total=order.total,
        cash_rounding=order.cash_rounding,
        payments=tuple(_payment(payment) for payment in order.payments if payment.status != "declined"),
        paid=order.paid,
        change=order.change,
        amount_due=order.amount_due,
        refunds=tuple(_refund(refund, order) for refund in order.refunds),
        points_earned=order.loyalty.points_earned if order.loyalty else 0,
        points_redeemed=order.loyalty.points_redeemed if order.loyalty else 0,
    )


def _local(moment: str, order: Order) -> str:
    return datetime.fromisoformat(moment).astimezone(ZoneInfo(order.time_zone)).isoformat(timespec="seconds")


def cashier_of(order: Order) -> str:
    """The id of who completed the sale or, until then, began it: a person's, a key's or a device's."""
    return next((entry for entry in order.history if entry.action == "completed"), order.history[0]).actor


def _line(line: OrderLine) -> ReceiptLine:
    return ReceiptLine(
        name=line.name,
        sku=line.sku,
        quantity=line.quantity,
        price=line.price,
        modifiers=tuple(
            ReceiptModifier(name=modifier.name, price=modifier.price, quantity=modifier.quantity)
            for modifier in line.modifiers
        ),
        gross=line.gross,
        discounts=_discounts(line.discounts),
        note=line.note,
    )


def _discounts(discounts: Sequence[OrderDiscount]) -> tuple[ReceiptDiscount, ...]:
    return tuple(ReceiptDiscount(name=one.name, percent=one.percent, amount=one.applied) for one in discounts)


def _payment(payment: Payment) -> ReceiptPayment:
    return ReceiptPayment(
        method=payment.method,
        amount=payment.amount,
        tendered=payment.tendered,
        change=payment.change,
        reference=payment.reference,
        status=payment.status,
    )


def _refund(refund: Refund, order: Order) -> ReceiptRefund:
    names = {line.id: line.name for line in order.lines}
    return ReceiptRefund(
        at=_local(refund.at, order),
        reason=refund.reason,
        lines=tuple(
            ReceiptRefundLine(name=names[line.line_id], quantity=line.quantity, total=line.total)
            for line in refund.lines
        ),
        tip=refund.tip,
        total=refund.total,
        cash_rounding=refund.cash_rounding,
        tenders=tuple(
            ReceiptPayment(method=one.method, amount=one.amount, reference=one.reference, status=one.status)
            for one in refund.tenders
            if one.counts
        ),
    )
