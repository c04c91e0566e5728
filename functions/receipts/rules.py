"""What a receipt says of an order, and whether a print of it is the original."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

from orders.models import HistoryEntry, Order, OrderDiscount, OrderLine, Payment
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
    settings: ReceiptSettings,
    *,
    mark: Mark,
    language: Language | None = None,
    print_number: int | None = None,
) -> Receipt:
    """The receipt of an order as it stands, in the merchant's language unless another is asked for."""
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
        sold_at=_sold_at(order),
        cashier=ReceiptParty(id=_cashier(order.history).actor),
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
    )


def _sold_at(order: Order) -> str:
    moment = datetime.fromisoformat(order.occurred_at or order.completed_at or order.created_at)
    return moment.astimezone(ZoneInfo(order.time_zone)).isoformat(timespec="seconds")


def _cashier(history: Sequence[HistoryEntry]) -> HistoryEntry:
    """Who completed the sale or, until then, began it."""
    return next((entry for entry in history if entry.action == "completed"), history[0])


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
