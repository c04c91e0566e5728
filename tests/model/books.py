"""What somebody knows who only reads the feed, and plain sums of it: no code of the product adds anything up here."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from orders.models import Order
from tests.unit.reports.sales import Change, Plain

type Json = dict[str, Any]
type Recipe = Mapping[str, Decimal]
"""How much of each variant one of something takes from stock."""

type Place = tuple[str, str]
"""A location and a variant."""

DIMENSIONS = ("day", "hour", "location", "staff", "payment_method", "tax_rate", "category", "product")


@dataclass
class Books:
    """The last version of everything that the feed told of, and every movement."""

    position: str | None = None
    events: set[str] = field(default_factory=set)
    orders: dict[str, Json] = field(default_factory=dict)
    payments: dict[str, Json] = field(default_factory=dict)
    refunds: dict[str, Json] = field(default_factory=dict)
    low: set[tuple[Place, int]] = field(default_factory=set)
    _changes: dict[str, Change] = field(default_factory=dict)
    movements: defaultdict[Place, dict[int, Decimal]] = field(default_factory=lambda: defaultdict(dict))

    def read(self, event: Json) -> None:
        """Take in the next event."""
        assert event["id"] not in self.events, "an event has one place in the feed"
        self.events.add(event["id"])
        data, version, kind = event["data"], event["entity"]["version"], event["type"]
        if kind == "inventory.updated":
            self.movements[data["location_id"], data["variant_id"]][version] = Decimal(data["change"])
        if kind == "inventory.low_stock":
            self.low.add(((data["location_id"], data["variant_id"]), version))
        if kind.startswith("order.") and _newer(data, self.orders):
            self.orders[data["id"]] = data
            self._changes[data["id"]] = Change(Order.model_validate_json(json.dumps(data)), ())
        if kind == "order.refunded":
            self.refunds[data["refunds"][-1]["id"]] = data["refunds"][-1]
        if kind.startswith("payment.") and _newer(data, self.payments):
            self.payments[data["id"]] = data

    def on_hand(self, place: Place) -> Decimal:
        """What the movements of a level sum to; each of its versions is one of them."""
        ledger = self.movements[place]
        assert sorted(ledger) == list(range(1, len(ledger) + 1)), place
        return sum(ledger.values(), Decimal(0))

    def crossed(self, place: Place, version: int, threshold: Decimal | None) -> bool:
        """Whether a movement took a level to its threshold or below it from above."""
        ledger = self.movements[place]
        after = sum((change for one, change in ledger.items() if one <= version), Decimal(0))
        return threshold is not None and after <= threshold < after - ledger[version]

    def check_refunds(self) -> None:
        """Every refund that was told of is on one order, as it was told; only what providers answer comes later."""
        found = [refund for order in self.orders.values() for refund in order.get("refunds", ())]
        assert sorted(map(_told, found)) == sorted(map(_told, self.refunds.values()))

    def payments_of(self, order_id: str) -> dict[str, Json]:
        """The payments that are on this order by now."""
        return {id: payment for id, payment in self.payments.items() if payment["order_id"] == order_id}

    def vouchers(self) -> Counter[str]:
        """What orders took off vouchers (below 0) and gave onto them, by code."""
        moved: Counter[str] = Counter()
        for order in self.orders.values():
            for payment in order["payments"]:
                if payment["method"] == "voucher" and _live(payment):
                    moved[payment["reference"].upper()] -= payment["amount"]
            for tender in tenders(order):
                if tender["method"] == "voucher":
                    moved[tender["reference"].upper()] += tender["amount"]
        return moved

    @property
    def sales(self) -> Plain:
        """What sales reports say, added up order by order."""
        return Plain(list(self._changes.values()))


def _told(refund: Json) -> tuple[str, int, int, str]:
    return refund["id"], refund["total"], amounts(refund["tenders"]), json.dumps(refund["lines"])


def _newer(data: Json, kept: Mapping[str, Json]) -> bool:
    return data["id"] not in kept or kept[data["id"]]["version"] < data["version"]


def _live(payment: Json) -> bool:
    return payment["status"] in ("captured", "pending", "authorized")


def tenders(order: Json, *, due_again: bool | None = None) -> Iterator[Json]:
    """The tenders of an order's refunds that count: of all of them, or of those that are due again or are not."""
    for refund in order.get("refunds", ()):
        if due_again in (None, refund["due_again"]):
            yield from (tender for tender in refund["tenders"] if tender["status"] != "declined")


def amounts(found: Iterable[Json]) -> int:
    """The sum of their amounts."""
    return sum(one["amount"] for one in found)


# --- what an order moves ---------------------------------------------------------------------------------------------


def taken(order: Json, recipes: Mapping[str, Recipe]) -> Counter[Place]:
    """What an order has taken from stock as it is: what its lines and their modifiers are made of, less what was
    returned; `recipes` are by variant and by modifier.
    """
    found: Counter[Place] = Counter()
    if order["status"] == "cancelled":
        return found
    returned: Counter[str] = Counter()
    for refund in order.get("refunds", ()):
        for line in refund["lines"]:
            returned[line["line_id"]] += Decimal(line["quantity"]) if line["restock"] else Decimal(0)  # type: ignore[assignment]
    for line in order["lines"]:
        quantity = Decimal(line["quantity"]) - returned[line["id"]]
        made_of = [(recipes.get(line["variant_id"], {}), 1)]
        made_of += [(recipes.get(one["id"], {}), one["quantity"]) for one in line["modifiers"]]
        for recipe, times in made_of:
            for variant_id, each in recipe.items():
                found[order["location_id"], variant_id] += each * times * quantity  # type: ignore[assignment]
    return found


def cash(order: Json | None) -> int:
    """The cash that an order brought into drawers, less what it took out."""
    if order is None:
        return 0
    taken = [one for one in order["payments"] if one["method"] == "cash" and one["status"] == "captured"]
    return amounts(taken) - amounts(one for one in tenders(order) if one["method"] == "cash")


# --- what adds up to what on an order (docs/money.md) ----------------------------------------------------------------


def check_figures(order: Json) -> None:
    """The figures of an order add up, and none is below 0."""
    lines, taxes, charges = order["lines"], order["taxes"], order["service_charges"]
    for whole, part in (("subtotal", "gross"), ("discount_total", "discount"), ("tax_total", "tax")):
        assert order[whole] == sum(line[part] for line in lines), whole
    assert order["tax_total"] == amounts(taxes)
    assert order["included_tax_total"] == amounts(tax for tax in taxes if tax["included"])
    assert order["service_charge_total"] == amounts(charges)
    on_top = order["tax_total"] - order["included_tax_total"]
    goods = order["subtotal"] - order["discount_total"]
    assert order["total"] == goods + order["service_charge_total"] + on_top + order["tip"]
    assert all(line["total"] == line["net"] + line["tax"] for line in lines)
    untaxed = amounts(one for one in charges if not one["taxable"])
    assert order["total"] == sum(line["total"] for line in lines) + untaxed + order["tip"]
    names = ("subtotal", "discount_total", "service_charge_total", "tax_total", "tip", "total", "paid", "reserved")
    assert all(order[name] >= 0 for name in (*names, "amount_due", "change", "cash_due"))
    assert all(line[name] >= 0 for line in lines for name in ("gross", "discount", "net", "tax", "total"))


def check_money(order: Json, told: Mapping[str, Json]) -> None:
    """What is paid and refunded is what the tenders come to; its payments are those that events told of."""
    payments = {payment["id"]: payment for payment in order["payments"]}
    names = ("method", "amount", "status", "version")
    assert {id: [one[name] for name in names] for id, one in payments.items()} == {
        id: [one[name] for name in names] for id, one in told.items()
    }
    captured = amounts(one for one in payments.values() if one["status"] == "captured")
    came_back, refunded = amounts(tenders(order, due_again=True)), amounts(tenders(order, due_again=False))
    assert captured - came_back - refunded >= 0
    assert order.get("refund_due", 0) == _refund_due(order) >= 0
    if order["status"] == "cancelled":
        assert captured == came_back + _refund_due(order)
        assert refunded == order["paid"] == order["reserved"] == order["amount_due"] == 0
        return
    assert order["paid"] == captured - came_back
    assert order.get("refunded", 0) == refunded
    assert order["paid"] + order["amount_due"] == order["total"] + order["cash_rounding"]
    assert order["reserved"] == amounts(one for one in payments.values() if one["status"] in ("pending", "authorized"))
    assert order["paid"] + order["reserved"] <= order["total"] + max(order["cash_rounding"], _rounding_to_come(order))
    assert order["payment_status"] == _payment_status(order)
    _check_refunds(order)


def _rounding_to_come(order: Json) -> int:
    """The most that rounding can add once reserved money has arrived: cash that paid what this leaves of the total was
    rounded to coins then.
    """
    given = tenders(order, due_again=True)
    in_cash = any(one["method"] == "cash" for one in (*order["payments"], *given))
    return max(order["policy"]["cash_rounding_step"] - 1, 0) if order["reserved"] and in_cash else 0


def _refund_due(order: Json) -> int:
    """What refunds were to give, less what was given: what providers declined and nobody gave otherwise."""
    cancelled = order["status"] == "cancelled"  # while an order is open, that is paid again
    refunds = [one for one in order.get("refunds", ()) if cancelled or not one["due_again"]]
    wanted: int = sum(one["total"] + one["cash_rounding"] for one in refunds)
    return wanted - amounts(tenders(order, due_again=None if cancelled else False))


def _payment_status(order: Json) -> str:
    returned = sum(refund["total"] for refund in order.get("refunds", ()) if not refund["due_again"])
    given = amounts(tenders(order, due_again=False))
    if given:
        whole = given >= order["paid"] or returned >= order["total"] - order["amount_due"]
        return "refunded" if whole else "partly_refunded"
    if order["amount_due"] == 0:
        return "paid"
    return "partly_paid" if order["paid"] else "unpaid"


def _check_refunds(order: Json) -> None:
    """Each refund is made of its lines and tenders, and together they take no more of a line than it has, nor of the
    order than was paid for.
    """
    of_sale = [refund["total"] for refund in order.get("refunds", ()) if not refund["due_again"]]
    assert sum(of_sale) <= order["total"] - order["amount_due"]
    left = {line["id"]: Counter({name: line[name] for name in ("gross", "discount")}) for line in order["lines"]}
    for refund in order.get("refunds", ()):
        if refund["due_again"]:
            continue
        assert refund["total"] == refund["tip"] + sum(line["total"] for line in refund["lines"])
        if refund["total"]:  # else it gives what was declined of another
            assert refund["total"] + refund["cash_rounding"] == amounts(refund["tenders"])
        for line in refund["lines"]:
            assert line["total"] == line["net"] + line["tax"]
            assert line["tax"] == amounts(line["taxes"])
            left[line["line_id"]].subtract({name: line[name] for name in ("gross", "discount")})
    assert all(one["gross"] >= one["discount"] >= 0 for one in left.values())
    assert sum(refund["tip"] for refund in order.get("refunds", ())) <= order["tip"]


def earned(order: Json) -> int:
    """The points that an order has earned: what was spent on it, without tip, points and what was returned."""
    terms = order["loyalty"]
    if order["status"] != "completed":
        return 0
    returned = sum(one["total"] - one["tip"] for one in order.get("refunds", ()) if not one["due_again"])
    spent = order["total"] - order["tip"] - returned - paid_by_points(order)
    return int(max(spent, 0) // terms["earn_per"] * terms["earn_points"])


def paid_by_points(order: Json) -> int:
    """The money that points stand for, which did not go back into them."""
    by_points = {one["id"]: one["amount"] for one in order["payments"] if one["method"] == "points" and _live(one)}
    back = amounts(one for one in tenders(order) if one.get("payment_id") in by_points)
    paid: int = sum(by_points.values()) - back
    return paid
