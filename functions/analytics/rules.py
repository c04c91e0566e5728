"""What analysts get of an order and of a movement of stock: rows of four tables, and on which days they are.

Money is whole minor units, as everywhere in Kasir; quantities are decimals.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

from pos.clock import MIDNIGHT, business_date

type Document = Mapping[str, Any]
"""An order as the API answers it, or the data of a movement's event."""


class Table(NamedTuple):
    """A table: its columns with their SQL types, what its rows are ordered by, and what is summed in a manifest."""

    columns: Mapping[str, str]
    order_by: str
    sums: tuple[str, ...]


def _typed(**columns: str) -> dict[str, str]:
    return {name: sql for sql, names in columns.items() for name in names.split()}


_QUANTITY = "DECIMAL(18,3)"

TABLES: Mapping[str, Table] = {
    "orders": Table(
        {
            **_typed(
                VARCHAR="order_id number location_id register_id customer_id status payment_status currency",
                BIGINT=(
                    "minor_units version lines subtotal discount_total service_charge_total tax_total tip total "
                    "cash_rounding paid refunded"
                ),
                TIMESTAMPTZ="created_at completed_at cancelled_at",
            ),
            "business_date": "DATE",
        },
        "order_id",
        ("subtotal", "discount_total", "tax_total", "total"),
    ),
    "lines": Table(
        {
            **_typed(
                VARCHAR="order_id line_id order_status location_id variant_id product_id category_id sku name currency",
                BIGINT="minor_units price gross discount service_charge net tax total",
            ),
            "quantity": _QUANTITY,
            "refunded_quantity": _QUANTITY,
        },
        "order_id, line_id",
        ("gross", "discount", "net", "tax", "total"),
    ),
    "payments": Table(
        {
            **_typed(
                VARCHAR="order_id kind method status location_id register_id actor currency",
                BIGINT="minor_units position amount",
                TIMESTAMPTZ="at",
            ),
        },
        "order_id, kind, position",
        ("amount",),
    ),
    "movements": Table(
        {
            **_typed(VARCHAR="variant_id location_id cause cause_id reason", BIGINT="version", TIMESTAMPTZ="at"),
            "quantity": _QUANTITY,
            "on_hand": _QUANTITY,
            "unit_cost": "DECIMAL(28,9)",
        },
        "location_id, variant_id, version",
        ("quantity",),
    ),
}
"""The tables of a day. An order and its lines are on its business day, or while it is not completed, on the one that it
was made on; payments are on the day of their capture, refunds on their own.
"""


def day_of(order: Document) -> str:
    """The day on which an order and its lines are."""
    completed: str | None = order.get("business_date")
    return completed or _day(order, order.get("occurred_at") or order["created_at"])


def days_of(order: Document) -> set[str]:
    """All days that have rows of an order, and the one that had some before it was completed."""
    days = {day_of(order), _day(order, order.get("occurred_at") or order["created_at"])}
    return days | {day for day, _ in _tenders(order)}


def order_rows(order: Document, day: str) -> Iterator[tuple[str, Document]]:
    """Table -> a row, for each that an order has on this day."""
    policy = order["policy"]
    common = {"order_id": order["id"], "location_id": order["location_id"]}
    common |= {"currency": policy["currency"], "minor_units": policy["minor_units"]}
    if day == day_of(order):
        yield "orders", {**order, **common, "lines": len(order["lines"]), "refunded": order.get("refunded", 0)}
        for line in order["lines"]:
            own = {"line_id": line["id"], "order_status": order["status"]}
            yield "lines", {**line, **common, **own, "refunded_quantity": line.get("refunded") or "0"}
    for position, (on, tender) in enumerate(_tenders(order)):
        if on == day:
            yield "payments", {**tender, **common, "position": position}


def _tenders(order: Document) -> Iterator[tuple[str, Document]]:
    """Payments, and what refunds gave back below 0, each with its day."""
    for payment in order["payments"]:
        at = payment.get("captured_at") or payment["at"]
        told = {"kind": "payment", "method": payment["method"], "amount": payment["amount"], "at": at}
        told |= {"status": payment.get("status", "captured"), "actor": payment.get("actor")}
        yield _day(order, at), told | {"register_id": payment.get("register_id")}
    for refund in order.get("refunds", ()):
        for tender in refund["tenders"]:
            told = {"kind": "refund", "method": tender["method"], "amount": -tender["amount"], "at": refund["at"]}
            told |= {"status": tender.get("status", "completed"), "actor": refund["actor"]}
            yield refund["business_date"], told | {"register_id": refund.get("register_id")}


def movement_day(movement: Document) -> str:
    """The business day of a movement; of one that does not say it, the day in UTC."""
    day: str | None = movement["cause"].get("business_date")
    return day or datetime.fromisoformat(movement["at"]).astimezone(UTC).date().isoformat()


def movement_row(movement: Document) -> Document:
    """The row of a movement."""
    cause = movement["cause"]
    named = {"cause": cause["type"], "cause_id": cause.get("id"), "reason": cause.get("reason")}
    return {**movement, **named, "quantity": movement["change"]}


def _day(order: Document, moment: str) -> str:
    zone, start = order["time_zone"], order.get("day_start", MIDNIGHT)
    return business_date(datetime.fromisoformat(moment), zone, start).isoformat()
