"""What a receipt says of an order, where an operation cannot bring the order about here."""

from decimal import Decimal
from typing import Any

from customers.models import Customer
from orders.models import Order, OrderLoyalty, Refund, RefundLine, RefundTender
from orders.store import get_order
from receipts.layout import lines, rows
from receipts.models import Receipt
from receipts.reading import read_sources
from receipts.rules import receipt_of
from tests.unit.orders.till import Till, custom

LINE: dict[str, Any] = {
    "gross": 10_000,
    "discount": 0,
    "service_charge": 0,
    "net": 10_000,
    "tax": 1_100,
    "total": 11_100,
    "restock": True,
}


def receipt_with(till: Till, customer: Customer | None = None, **fields: Any) -> Receipt:
    """The receipt of a sale with these fields."""
    order_id = till.sell(custom(quantity="2"), complete=True).json["id"]
    order: Order = get_order(till.shop.merchant_id, order_id).model_copy(update=fields)
    found = read_sources(till.shop.merchant_id, order_id)
    sources = (order, found.merchant, found.location, found.till, customer, found.settings)
    return receipt_of(*sources, cashier="Sari", mark="original", language="en")


def shown(receipt: Receipt) -> list[str]:
    return [" ".join(line.text.split()) for row in rows(receipt) for line in lines(row, 48)]


def refund(**fields: Any) -> Refund:
    given = (
        RefundTender(method="cash", amount=11_000),
        RefundTender(method="qris", amount=50, status="pending"),
        RefundTender(method="card", amount=50, status="declined"),
    )
    made: dict[str, Any] = {
        "id": "ref_1",
        "at": "2026-11-25T18:00:00.000Z",
        "actor": "key_test",
        "reason": "Broken",
        "register_id": None,
        "business_date": "2026-11-26",
        "lines": (RefundLine(line_id="lin_1", quantity=Decimal(1), **LINE),),
        "total": 11_100,
        "cash_rounding": -50,
        "tenders": given,
    }
    return Refund(**(made | fields))


def test_what_was_refunded_is_told_with_how_and_when(till: Till) -> None:
    receipt = receipt_with(till, refunds=(refund(),))

    [told] = receipt.refunds
    assert told.at == "2026-11-26T01:00:00+07:00"
    assert sum(line.total for line in told.lines) + told.tip == told.total
    assert sum(tender.amount for tender in told.tenders) == told.total + told.cash_rounding
    paper = shown(receipt)
    first = paper.index("Refunded Nov 26, 2026 1:00 AM: Broken")
    assert paper[first + 1 : first + 5] == [
        "1 x Kue -11,100",
        "Rounding 50",
        "Cash -IDR 11,000",
        "QRIS (pending) -IDR 50",
    ]


def test_a_refund_by_amount_names_lines_without_a_quantity(till: Till) -> None:
    line = RefundLine(line_id="lin_1", quantity=Decimal(0), **LINE)

    assert "Kue -11,100" in shown(receipt_with(till, refunds=(refund(lines=(line,)),)))


def test_a_customer_is_named_while_there_is_a_name(till: Till) -> None:
    stamped: dict[str, Any] = {"id": "cus_1", "version": 1, "created_at": "", "updated_at": "", "external_ids": {}}

    known = receipt_with(till, Customer(name="Budi", **stamped))
    erased = receipt_with(till, Customer(erased_at="2026", **stamped))

    assert "Customer Budi" in shown(known)
    assert erased.customer is not None and erased.customer.name is None
    assert not [line for line in shown(erased) if line.startswith("Customer")]


def test_points_are_told(till: Till) -> None:
    terms = {"earn_points": 1, "earn_per": 10_000, "point_value": 100, "min_redeem": 1}

    paper = shown(receipt_with(till, loyalty=OrderLoyalty(points_earned=1_200, points_redeemed=5, **terms)))

    assert {"Points earned 1,200", "Points redeemed 5"} <= set(paper)
