"""The worked examples of tests/cases/arithmetic.json, put to whatever computes an order: our functions, or the API.

An example is told in the types of `orders.pricing`. An engine makes a bill of it; what the case expects is looked up by
name in the table below, so that an expectation that nothing computes fails instead of passing unseen.
"""

import json
import re
from collections.abc import Callable, Sequence
from copy import replace
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from orders.pricing import Discount, Line, Modifier, Policy, ServiceCharge, Tax, Tender, Ticket
from pos.money import Rounding

type Case = dict[str, Any]
type Figures = Any  # an amount in minor units, or a list or object of them

CASES: list[Case] = json.loads((Path(__file__).parents[1] / "cases" / "arithmetic.json").read_text())["cases"]
BY_ID = {case["id"]: case for case in CASES}


class BilledTax(NamedTuple):
    """What a tax comes to over the order."""

    name: str
    rate: Decimal
    amount: int


class BilledLine(NamedTuple):
    """What a line comes to; `discount` is its own and its part of the order's, `tax` all tax on it."""

    discount: int
    net: int
    tax: int
    total: int


class Bill(NamedTuple):
    """What an engine makes of a ticket and its tenders; `cash_kept` is what stays in the drawer."""

    lines: tuple[BilledLine, ...]
    subtotal: int
    discount_total: int
    service_charge_total: int
    taxes: tuple[BilledTax, ...]
    tax_total: int
    total: int
    cash_rounding: int
    paid: int
    change: int
    cash_kept: int

    @property
    def net(self) -> int:
        """All of it without tax."""
        return self.total - self.tax_total

    def tax(self, name: str) -> int:
        """What the taxes of this name come to."""
        return sum(tax.amount for tax in self.taxes if tax.name == name)


class Engine(Protocol):
    """Something that computes an order."""

    def __call__(self, ticket: Ticket, policy: Policy, tenders: Sequence[Tender] = ()) -> Bill:
        """The bill of a ticket under a policy, and what the tenders do about it."""


class Example:
    """One case as Kasir's own types: its ticket, its policy, and what it expects in minor units."""

    def __init__(self, case: Case, engine: Engine) -> None:
        self.case = case
        self.engine = engine
        self.given = case["input"]
        self.expected = self.minor(case["expected"])
        rounds_on = self.given.get("tax_rounding", "line")
        self.policy = Policy(
            case["currency"],
            "per_order" if rounds_on == "order" else "per_line",
            Rounding(self.given.get("mode", "half_up")),
            self.amount(self.given.get("cash_rounding", {}).get("step", self.given.get("round_total_to", "0"))),
        )
        self.ticket = self.read_ticket()

    # --- reading -------------------------------------------------------------------------------------------------

    def amount(self, text: str) -> int:
        exponent = 0 if self.given.get("minor_units") else self.case["minor_unit"]
        scaled = Decimal(text).scaleb(exponent)
        assert scaled == int(scaled)
        return int(scaled)

    def minor(self, value: Any) -> Figures:
        if isinstance(value, dict):
            return {key: self.minor(one) for key, one in value.items()}
        return [self.minor(one) for one in value] if isinstance(value, list) else self.amount(value)

    def read_ticket(self) -> Ticket:
        given = self.given
        if "base_case" in given:
            base = Example(BY_ID[given["base_case"]], self.engine).ticket
            return replace(base, discounts=self.discounts([given["order_discount"]]))
        charge = given.get("service_charge") or given.get("surcharge")
        price = given.get("base") or given.get("total")
        return Ticket(
            lines=tuple(self.line(i, line) for i, line in enumerate(given.get("lines") or [{"unit_price": price}])),
            discounts=self.discounts([given["order_discount"]] if "order_discount" in given else []),
            service_charges=(self.charge(charge),) if charge else (),
        )

    def line(self, position: int, line: dict[str, Any]) -> Line:
        line = _described(line["product"]) | line if "product" in line else line
        rates_by_line = {
            key.removesuffix("_rates"): rates[position] for key, rates in self.given.items() if key.endswith("_rates")
        }
        taxes = line.get("taxes", self.given.get("taxes", []))
        return Line(
            self.amount(line["unit_price"]),
            Decimal(line.get("qty", "1")),
            tuple(Modifier("extra", self.amount(price)) for price in line.get("modifiers", [])),
            self.discounts(line.get("discounts", [])),
            tuple(self.tax(tax.get("name", f"tax_{j}"), tax) for j, tax in enumerate(taxes))
            + tuple(self.tax(name, {"rate": rate}) for name, rate in rates_by_line.items()),
        )

    def tax(self, name: str, tax: dict[str, Any]) -> Tax:
        part, _, whole = tax.get("base_fraction", "1/1").partition("/")
        included, compound = tax.get("included", False), tax.get("joins_base", False)
        kind = "in" if included else "on"
        return Tax(
            f"{name}_{kind}_{tax['rate']}", name, Decimal(tax["rate"]), included, compound, (int(part), int(whole))
        )

    def discounts(self, discounts: list[dict[str, str]]) -> tuple[Discount, ...]:
        return tuple(
            Discount(
                "off",
                Decimal(one["percent"]) if "percent" in one else None,
                self.amount(one["amount"]) if "amount" in one else None,
                "net" if one.get("applies_to") == "net" else "gross",
            )
            for one in discounts
        )

    def charge(self, charge: dict[str, Any]) -> ServiceCharge:
        # A charge says `taxed: false`, or a tax names it in its base.
        taxable = charge.get("taxed", any("service" in tax.get("base", "") for tax in self.given.get("taxes", [])))
        on_discounted = charge.get("base", "after_discount") == "after_discount"
        return ServiceCharge(
            "service",
            Decimal(charge["percent"]) if "percent" in charge else None,
            self.amount(charge["amount"]) if "amount" in charge else None,
            taxable,
            "discounted" if on_discounted else "undiscounted",
        )

    # --- computing -----------------------------------------------------------------------------------------------

    def bill(self, **policy: Any) -> Bill:
        """The bill, under other rules where they are given."""
        return self.engine(self.ticket, replace(self.policy, **policy))

    def bill_lines(self, change: Callable[[Line], Line]) -> Bill:
        """The bill of the ticket with each of its lines changed."""
        return self.engine(replace(self.ticket, lines=tuple(map(change, self.ticket.lines))), self.policy)

    def bill_of_line(self, line: Line) -> Bill:
        """The bill of a line by itself, which has its taxes one by one."""
        return self.engine(Ticket((line,)), self.policy)

    def pay(self, method: str) -> Bill:
        """The bill paid to the end by one method."""
        return self.engine(self.ticket, self.policy, [Tender(method, self.bill().total)])

    def settle(self) -> Bill:
        """The bill paid by the case's own tenders."""
        methods = {"bank": "transfer"}
        tenders = [Tender(methods.get(one["type"], one["type"]), self.amount(one["amount"])) for one in self.tenders]
        return self.engine(self.ticket, self.policy, tenders)

    @property
    def tenders(self) -> list[dict[str, str]]:
        """The tenders that the case has, if it has any."""
        tenders: list[dict[str, str]] = self.given.get("tenders", [])
        return tenders


class Register(Protocol):
    """A register without a shift, in a shop of the case's currency; amounts are minor units."""

    def shift(self, opening_float: int) -> Any:
        """Open a shift; what the API answers."""

    def take_cash(self, price: int) -> None:
        """Sell one thing of this price for cash."""

    def count(self, shift: Any, counted: int) -> Any:
        """Close a shift by what was counted; what the API answers."""


def drawer_figures(case: Case, register: Register) -> dict[str, Any]:
    """What the shift of a case of the kind `session` comes to, by the names that the cases use."""
    given = {name: _minor(case, amount) for name, amount in case["input"].items() if isinstance(amount, str)}
    if "previous_close" in given:
        register.count(register.shift(given["previous_close"]), given["previous_close"])
    shift = register.shift(given.get("opening_counted", 0))
    for price in case["input"]["cash_sales"]:
        register.take_cash(_minor(case, price))
    closed = register.count(shift, given.get("counted", 0))
    return {
        "opening_difference": closed["opening_difference"],
        "expected": closed["expected"],
        "difference": closed["difference"],
        "expected_sales_cash": closed["report"]["cash"]["sales"],
        "quantity": sum(Decimal(one["quantity"]) for one in closed["report"]["categories"]),
    }


def published_drawer(case: Case) -> dict[str, Any]:
    """What a case of the kind `session` expects: amounts, and how many things were sold."""
    return {
        name: Decimal(text) if name == "quantity" else _minor(case, text) for name, text in case["expected"].items()
    }


def _minor(case: Case, text: str) -> int:
    scaled = Decimal(text).scaleb(case["minor_unit"])
    assert scaled == int(scaled)
    return int(scaled)


def rounding_ticket(case: Case) -> Ticket:
    """An order on which the amount that a case of the kind `round` rounds appears as its tax.

    Where the case has a bare amount, it is a tenth of something.
    """
    given = case["input"]
    base, rate = (given["base"], given["rate"]) if "base" in given else (str(Decimal(given["value"]) * 10), "10")
    price = Decimal(base).scaleb(case["minor_unit"])
    assert price == int(price)
    return Ticket((Line(int(price), Decimal(1), taxes=(Tax("rounded", "rounded", Decimal(rate), included=False),)),))


def rounded(case: Case) -> dict[Rounding, int]:
    """What a case of the kind `round` expects, of the modes that Kasir has: away from zero (`up`) is none of them."""
    modes = {mode: text for mode, text in case["expected"].items() if mode not in {"exact", "up"}}
    return {Rounding(mode): int(Decimal(text).scaleb(case["minor_unit"])) for mode, text in modes.items()}


def allocation_ticket(case: Case) -> Ticket:
    """An order whose discount is the total that a case of the kind `allocate` spreads, over lines of these weights."""
    return Ticket(
        tuple(Line(weight, Decimal(1)) for weight in case["input"]["weights"]),
        discounts=(Discount("spread", amount=case["input"]["total"]),),
    )


def _described(product: str) -> dict[str, Any]:
    """A line in words: `P1 10 + 7%` has 7 % on top of 10, `P2 20 incl 10%` has 10 % in 20."""
    words = re.fullmatch(r"\w+ (\d+)(?: incl (\d+)%)?(?: \+ (\d+)%)?", product)
    assert words is not None, product
    price, included, added = words.groups()
    taxes = [{"name": f"tax_{included}", "rate": included, "included": True}] if included else []
    taxes += [{"name": f"tax_{added}", "rate": added}] if added else []
    return {"unit_price": price, "taxes": taxes}


def _net_and_total(bill: Bill) -> Figures:
    return {"net": bill.net, "total": bill.total}


def _tax_and_total(bill: Bill) -> Figures:
    return {"tax": bill.tax_total, "total": bill.total}


def _line_figures(example: Example) -> Figures:
    lines = example.bill().lines
    if not isinstance(example.case["expected"]["lines"][0], dict):
        return [line.total for line in lines]
    return [
        {"net": line.net, "total": line.total}
        | {f"tax{tax.rate}": tax.amount for tax in example.bill_of_line(given).taxes}
        for given, line in zip(example.ticket.lines, lines, strict=True)
    ]


def _subtotal(example: Example) -> int:
    """Clover calls subtotal what is left after the lines' discounts; the others, and Kasir, the sum before them."""
    bill = example.bill()
    return bill.subtotal - (bill.discount_total if "Clover" in example.case["source"] else 0)


def _with_taxes_included(line: Line) -> Line:
    return replace(line, taxes=tuple(replace(tax, included=True) for tax in line.taxes))


def _made_anew_from_its_net(line: Line) -> Line:
    return replace(line, price=9176, taxes=(replace(line.taxes[0], included=False),))


FIGURES: dict[str, Callable[[Example], Figures]] = {
    "subtotal": _subtotal,
    "discount": lambda it: it.bill().discount_total,
    "after_discount": lambda it: it.bill().subtotal - it.bill().discount_total,
    "service": lambda it: it.bill().service_charge_total,
    "net": lambda it: it.bill().net,
    "tax": lambda it: it.bill().tax_total,
    "taxes_total": lambda it: it.bill().tax_total,
    "taxes": lambda it: [tax.amount for tax in it.bill().taxes],
    "total": lambda it: it.bill().total,
    "lines": _line_figures,
    "half_up_tax": lambda it: it.bill(rounding_mode=Rounding.HALF_UP).tax_total,
    "per_line": lambda it: _tax_and_total(it.bill(tax_rounding="per_line")),
    "per_order": lambda it: _tax_and_total(it.bill(tax_rounding="per_order")),
    "single": lambda it: _net_and_total(it.bill_lines(lambda line: replace(line, quantity=Decimal(1)))),
    "included_variant": lambda it: _net_and_total(it.bill_lines(_with_taxes_included)),
    "after_item": lambda it: _net_and_total(it.engine(replace(it.ticket, discounts=()), it.policy)),
    "final": lambda it: _net_and_total(it.bill()),
    # B06: what the price would be if it were made anew from its net, which is why it never is.
    "exclusive_of_9176": lambda it: _tax_and_total(it.bill_lines(_made_anew_from_its_net)),
    # B11: ERPNext posts what the parts overshoot as an adjustment; Kasir's net takes it up, and so differs by it.
    "net_published": lambda it: it.bill().net - it.expected["rounding_adjustment_published"],
    "rounding_adjustment_published": lambda it: it.bill().net - it.expected["net_published"],
    "excise": lambda it: it.bill().tax("excise"),
    "cess": lambda it: it.bill().tax("cess"),
    "she": lambda it: it.bill().tax("she"),
    "rounding_adjustment": lambda it: it.pay("cash").cash_rounding,
    "rounded_total": lambda it: it.pay("cash").paid,
    "card_pays": lambda it: it.pay("card").paid,
    "cash_pays": lambda it: it.pay("cash").paid,
    "cash_rounding": lambda it: it.pay("cash").cash_rounding,
    "paid": lambda it: it.settle().paid,
    "change": lambda it: it.settle().change,
    "cash_kept": lambda it: it.settle().cash_kept,
    # G03: a full return gives back what the sale took.
    "sale_total": lambda it: it.bill().total,
    "tax_7": lambda it: -it.bill().tax("tax_7"),
    "tax_10": lambda it: -it.bill().tax("tax_10"),
}
