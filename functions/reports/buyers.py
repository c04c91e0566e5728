"""Which customers are new, and who bought for most, without I/O."""

from collections.abc import Iterable, Mapping
from datetime import date

from reports.models import CustomerRow, CustomersOfAKind, SalesFigures
from reports.sheets import Figures


def kinds(
    since: date, bought: Mapping[str, Figures], first_days: Mapping[str, date], whole: SalesFigures
) -> tuple[CustomersOfAKind, CustomersOfAKind, CustomersOfAKind]:
    """New customers, who bought nothing before that day, those who came back, and sales to nobody known."""
    new = _kind(figures for customer, figures in bought.items() if first_days.get(customer, since) >= since)
    returning = _kind(figures for customer, figures in bought.items() if first_days.get(customer, since) < since)
    unknown = CustomersOfAKind(
        customers=0,
        orders=(whole.orders or 0) - new.orders - returning.orders,
        total=(whole.total or 0) - new.total - returning.total,
    )
    return new, returning, unknown


def rows(bought: Mapping[str, Figures], first_days: Mapping[str, date]) -> list[CustomerRow]:
    """Those who bought something, who for most come first."""
    found = [
        CustomerRow(
            customer_id=customer,
            first_day=first_days[customer],
            orders=figures["orders"],
            total=figures["total"],
            refunded_total=figures["refunded_total"],
        )
        for customer, figures in bought.items()
        if figures["orders"] and customer in first_days
    ]
    return sorted(found, key=lambda row: (-row.total, row.customer_id))


def _kind(sums: Iterable[Figures]) -> CustomersOfAKind:
    bought = [figures for figures in sums if figures["orders"]]
    return CustomersOfAKind(
        customers=len(bought),
        orders=sum(figures["orders"] for figures in bought),
        total=sum(figures["total"] for figures in bought),
    )
