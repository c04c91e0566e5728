"""Worked examples published by Square, Odoo, ERPNext, Vendure, Medusa, Clover and governments (tests/cases).

Each case names its source and its rule. Those about shifts are in tests/unit/shifts.
tests/stack/test_arithmetic_over_http.py puts the same to the deployed API.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest

from orders.pricing import Policy, Tender, Ticket, price_ticket, settle
from pos.money import allocate, round_ratio
from tests.support.arithmetic import (
    CASES,
    FIGURES,
    Bill,
    BilledLine,
    BilledTax,
    Case,
    Example,
    Figures,
    allocation_ticket,
    rounded,
    rounding_ticket,
)


def price_and_settle(ticket: Ticket, policy: Policy, tenders: Sequence[Tender] = ()) -> Bill:
    """The engine that our own functions are."""
    priced = price_ticket(ticket, policy)
    settled = settle(priced.total, tenders, policy)
    return Bill(
        lines=tuple(BilledLine(line.discount, line.net, line.tax, line.total) for line in priced.lines),
        subtotal=priced.subtotal,
        discount_total=priced.discount_total,
        service_charge_total=priced.service_charge_total,
        taxes=tuple(BilledTax(tax.name, tax.rate, tax.amount) for tax in priced.taxes),
        tax_total=priced.tax_total,
        total=priced.total,
        cash_rounding=settled.cash_rounding,
        paid=settled.paid,
        change=settled.change,
        cash_kept=sum(tender.amount for tender in settled.tenders if tender.method == "cash"),
    )


def _refund(example: Example, method: str) -> Bill:
    """What a full return gives back by the method that the sale was paid by."""
    sale = example.pay(method)
    refund = settle(-sale.total, [Tender(method, -sale.paid)], example.policy)
    assert refund.amount_due == refund.change == 0
    return sale._replace(total=-sale.total, paid=refund.paid, cash_rounding=refund.cash_rounding)


def _refund_in_cash(example: Example) -> Figures:
    refund = _refund(example, "cash")
    return {"total": refund.total, "cash_pays": refund.paid, "cash_rounding": refund.cash_rounding}


REFUNDS = {"refund": _refund_in_cash, "refund_total": lambda example: _refund(example, "card").paid}


def _of_kind(*kinds: str) -> Any:
    return [pytest.param(case, id=case["id"]) for case in CASES if case["kind"] in kinds]


@pytest.mark.parametrize("case", _of_kind("order", "tender", "refund"))
def test_an_order_comes_to_the_published_figures(case: Case) -> None:
    example = Example(case, price_and_settle)

    assert {key: (FIGURES | REFUNDS)[key](example) for key in case["expected"]} == example.expected


@pytest.mark.parametrize("case", _of_kind("refund"))
def test_each_line_of_a_returned_sale_comes_to_what_is_published(case: Case) -> None:
    example = Example(case, price_and_settle)

    published = [example.amount(line["total"]) for line in case["input"]["lines"]]
    assert [line.total for line in example.bill().lines] == published


@pytest.mark.parametrize("case", _of_kind("allocate"))
def test_a_total_is_spread_as_published(case: Case) -> None:
    parts = case["expected"]["parts"]

    assert allocate(case["input"]["total"], case["input"]["weights"]) == parts
    assert [
        line.discount for line in price_and_settle(allocation_ticket(case), Policy(case["currency"])).lines
    ] == parts


@pytest.mark.parametrize("case", _of_kind("round"))
def test_an_amount_rounds_as_published(case: Case) -> None:
    given = case["input"]
    exact = Decimal(given["value"]) if "value" in given else Decimal(given["base"]) * Decimal(given["rate"]) / 100
    assert exact == Decimal(case["expected"].get("exact", exact))
    numerator, denominator = exact.scaleb(case["minor_unit"]).as_integer_ratio()

    assert {mode: round_ratio(numerator, denominator, mode) for mode in rounded(case)} == rounded(case)
    ticket = rounding_ticket(case)
    taxes = {mode: price_and_settle(ticket, Policy(case["currency"], rounding_mode=mode)) for mode in rounded(case)}
    assert {mode: bill.tax_total for mode, bill in taxes.items()} == rounded(case)


def test_every_case_is_one_of_the_kinds_above_or_about_shifts() -> None:
    assert {case["kind"] for case in CASES} <= {"order", "tender", "allocate", "round", "refund", "session"}
