"""The published worked examples (tests/cases), put to POST /v1/orders/preview of the deployed stack.

tests/unit/orders/test_arithmetic_cases.py puts the same to the functions that compute them, and has those figures that
no operation of the API shows.
"""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

import pytest

from orders.pricing import Discount, Line, Policy, ServiceCharge, Tax, Tender, Ticket
from tests.stack.support import Api, Json, Shop
from tests.support.arithmetic import (
    CASES,
    FIGURES,
    Bill,
    BilledLine,
    BilledTax,
    Case,
    Example,
    allocation_ticket,
    rounded,
    rounding_ticket,
)

pytestmark = pytest.mark.stack

NOT_OVER_HTTP = {
    "refund": "a preview is of a sale: what a refund gives back, no operation computes yet",
    "refund_total": "likewise",
}
"""Figures that only the unit test has, and why. Of the other kinds of cases, `session` is about shifts."""


class Preview:
    """The engine that the deployed API is, with a merchant of its own for the taxes."""

    def __init__(self, api: Api, location_id: str) -> None:
        self._api = api
        self._location_id = location_id
        self._tax_ids: dict[Tax, str] = {}  # a merchant may have 200 taxes, so none is made twice

    def __call__(self, ticket: Ticket, policy: Policy, tenders: Sequence[Tender] = ()) -> Bill:
        """What the API answers to the ticket as an order of custom items."""
        order = {
            "location_id": self._location_id,
            "lines": [self._line(line) for line in ticket.lines],
            "discounts": [_discount(one) for one in ticket.discounts],
            "service_charges": [_service_charge(one) for one in ticket.service_charges],
            "payments": [{"method": one.method, "amount": one.amount} for one in tenders],
            "policy": policy._asdict(),
        }
        answer = self._api.post("/v1/orders/preview", order)
        assert answer.status == 200, answer
        return _bill(answer.json)

    def _line(self, line: Line) -> Json:
        return {
            "custom": {"name": "Item", "price": line.price, "tax_ids": [self._tax_id(tax) for tax in line.taxes]},
            "quantity": str(line.quantity),
            "modifiers": [{"name": one.name, "price": one.price} for one in line.modifiers],
            "discounts": [_discount(one) for one in line.discounts],
        }

    def _tax_id(self, tax: Tax) -> str:
        if tax not in self._tax_ids:
            part, whole = tax.base_fraction or (1, 1)
            body = {
                "name": tax.name,
                "rate": str(tax.rate),
                "included": tax.included,
                "compound": tax.compound,
                "base_fraction": f"{part}/{whole}",
            }
            answer = self._api.post("/v1/taxes", body)
            assert answer.status == 201, answer
            self._tax_ids[tax] = answer.json["id"]
        return self._tax_ids[tax]


@pytest.fixture(scope="module")
def preview(open_shop: Callable[..., Shop]) -> Preview:
    """The deployed API, as an engine."""
    shop = open_shop()
    return Preview(shop.api, shop.location_id)


def _of_kind(*kinds: str) -> Any:
    return [pytest.param(case, id=case["id"]) for case in CASES if case["kind"] in kinds]


@pytest.mark.parametrize("case", _of_kind("order", "tender", "refund"))
def test_a_preview_comes_to_the_published_figures(preview: Preview, case: Case) -> None:
    example = Example(case, preview)
    expected = {key: figure for key, figure in example.expected.items() if key not in NOT_OVER_HTTP}

    assert expected
    assert {key: FIGURES[key](example) for key in expected} == expected


@pytest.mark.parametrize("case", _of_kind("refund"))
def test_each_line_of_a_preview_comes_to_what_is_published(preview: Preview, case: Case) -> None:
    example = Example(case, preview)

    published = [example.amount(line["total"]) for line in case["input"]["lines"]]
    assert [line.total for line in example.bill().lines] == published


@pytest.mark.parametrize("case", _of_kind("allocate"))
def test_a_discount_is_spread_over_the_lines_as_published(preview: Preview, case: Case) -> None:
    bill = preview(allocation_ticket(case), Policy(case["currency"]))

    assert [line.discount for line in bill.lines] == case["expected"]["parts"]


@pytest.mark.parametrize("case", _of_kind("round"))
def test_a_tax_rounds_as_published(preview: Preview, case: Case) -> None:
    ticket, expected = rounding_ticket(case), rounded(case)

    bills = {mode: preview(ticket, Policy(case["currency"], rounding_mode=mode)) for mode in expected}

    assert {mode: bill.tax_total for mode, bill in bills.items()} == expected


def _discount(discount: Discount) -> Json:
    return {"name": discount.name, "applies_to": discount.applies_to} | _percent_or_amount(discount)


def _service_charge(charge: ServiceCharge) -> Json:
    return {"name": charge.name, "taxable": charge.taxable, "on": charge.on} | _percent_or_amount(charge)


def _percent_or_amount(given: Discount | ServiceCharge) -> Json:
    return {"amount": given.amount} if given.percent is None else {"percent": str(given.percent)}


def _bill(answer: Json) -> Bill:
    return Bill(
        lines=tuple(BilledLine(line["discount"], line["net"], line["tax"], line["total"]) for line in answer["lines"]),
        subtotal=answer["subtotal"],
        discount_total=answer["discount_total"],
        service_charge_total=answer["service_charge_total"],
        taxes=tuple(BilledTax(tax["name"], Decimal(tax["rate"]), tax["amount"]) for tax in answer["taxes"]),
        tax_total=answer["tax_total"],
        total=answer["total"],
        cash_rounding=answer["cash_rounding"],
        paid=answer["paid"],
        change=answer["change"],
        cash_kept=sum(payment["amount"] for payment in answer["payments"] if payment["method"] == "cash"),
    )
