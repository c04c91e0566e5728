"""Kasir as a state machine: a shop's people do whatever they may, in any order, and after each step everything that is
kept twice agrees (`Shopkeeping.everything_adds_up`). What is expected comes from the feed and from plain sums of it.

The same machine runs on moto, on DynamoDB Local and against a deployed stack: see `tests.model.drivers`.
"""

import itertools
import logging
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any, ClassVar

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from pos.clock import timestamp
from pos.log import logger
from tests.model import books
from tests.model.books import DIMENSIONS, Books, Json, Place
from tests.model.drivers import Driver
from tests.support.shop import Reply
from tests.unit.reports.sales import DERIVED, KEYS

_log = logging.getLogger(__name__)

REFUSED = (409, 422)
_SHOPS = 20
_ESSENTIAL = (
    "POST /v1/orders",
    "POST /v1/orders/{id}/cancel",
    "POST /v1/orders/{id}/payments",
    "POST /v1/orders/{id}/refunds",
    "POST /v1/inventory/receipts",
    "POST /v1/inventory/transfers",
    "POST /v1/shifts",
)
_IDS = re.compile(r"\b[a-z]{3}_[0-9a-z]+")
POINT_VALUE = 100

ACTIVE = ("open", "preparing", "ready")
RESERVED = ("pending", "authorized")

which = st.integers(0, 99)
"""Which of those that there are; every tenth time of all, those that the step is not meant for included."""

amounts = st.one_of(st.sampled_from((1, 100, 1_000, 5_000, 20_000)), st.integers(1, 400_000))
quarters = st.integers(1, 4)
pieces = st.integers(1, 3).map(str)
grams = st.integers(1, 2_500).map(lambda mass: str(Decimal(mass).scaleb(-3)))
tills = st.sampled_from((None, 0, 0, 1))
costs = st.integers(0, 99_999).map(str)
goods = st.sampled_from(("coffee", "coffee", "beans", "mug", "gift", "cake"))
discounts = st.sampled_from(([], [], [{"percent": "12.5"}], [{"amount": 500}], [{"percent": "3.333"}, {"amount": 1}]))
charges = st.sampled_from(
    ([], [], [{"percent": "5", "taxable": True}], [{"amount": 777}], [{"percent": "1", "on": "total"}])
)
sales = st.fixed_dictionaries(
    {
        "place": st.sampled_from((0, 0, 0, 1)),
        "till": tills,
        "customer": st.sampled_from((None, 0, 1)),
        "discounts": discounts,
        "service_charges": charges,
        "tip": st.sampled_from((0, 0, 1_500)),
    }
)
WAYS_TO_PAY = ("not", "cash", "card", "part", "voucher", "points", "mixed")
simulated = st.sampled_from(
    (
        *(None, None, "decline", "timeout", "lost", "late", "capture_decline"),
        *("void_timeout", "refund_decline", "refund_timeout"),
    )
)


@dataclass
class Drawer:
    """What a shift should come to."""

    register_id: str
    cash: int
    closed: Json | None = None


@dataclass
class Tally:
    """What a run did: its steps, and what became of the requests of each kind."""

    steps: int = 0
    answers: defaultdict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))

    @property
    def never_done(self) -> list[str]:
        """What a run is worth little without, and what was never granted in this one."""
        return [request for request in _ESSENTIAL if not self.answers[request]["done"]]


class Shopkeeping(RuleBasedStateMachine):
    """A shop with two places, two registers, two customers, and things of every kind to sell."""

    drive: ClassVar[Callable[[], Driver]]
    tally: ClassVar[Tally]

    # --- the shop ----------------------------------------------------------------------------------------------------

    @initialize(
        data=st.data(),
        step=st.sampled_from((0, 100)),
        tax_rounding=st.sampled_from(("per_line", "per_order")),
        rounding_mode=st.sampled_from(("half_up", "half_even", "down")),
    )
    def open_shop(self, data: st.DataObject, step: int, tax_rounding: str, rounding_mode: str) -> None:
        self.driver = type(self).drive()
        self.opened_at = self.driver.now()
        self.keys = itertools.count(1)
        self.sound = False
        self.told: set[tuple[str, str]] = set()
        self.moved: set[tuple[Place, int]] = set()
        self.books = Books()
        self.drawers: dict[str, Drawer] = {}
        self.open: dict[str, str] = {}
        self.counted: dict[str, int] = {}
        self.z_numbers: Counter[str] = Counter()
        self.on_hand: Counter[Place] = Counter()
        self.transfers: list[Json] = []
        self.counts: list[tuple[str, str]] = []
        self.thresholds: dict[Place, Decimal] = {}
        self.found: dict[str, dict[Place, Decimal]] = defaultdict(dict)
        self.vouchers: Counter[str] = Counter()
        self.points: Counter[str] = Counter()
        self.versions: dict[str, int] = {}
        self.last: tuple[str, str, Any, str, Reply] | None = None
        policy = {"cash_rounding_step": step, "tax_rounding": tax_rounding, "rounding_mode": rounding_mode}
        self._made("PATCH", "/v1/merchant", policy)
        self._stock_up()
        self._open_shift(0, 100_000)
        for paid in ("not", "part", "cash"):
            self._sell(data, data.draw(sales), paid, paid == "cash")

    def _stock_up(self) -> None:
        [place] = self._listed("/v1/locations")
        [register] = self._listed("/v1/registers")
        self.places = (place["id"], self._made("POST", "/v1/locations", {"name": "Gudang"})["id"])
        other = {"name": "Kasir 2", "code": "R2", "location_id": place["id"]}
        self.registers = (register["id"], self._made("POST", "/v1/registers", other)["id"])
        pbjt, ppn = (
            self._made("POST", "/v1/taxes", {"name": name, "rate": rate, "included": included})["id"]
            for name, rate, included in (("PBJT", "10", False), ("PPN", "11", True))
        )
        beans = self._product("Beans", [ppn], price=250_000, weighed=True, unit="kg", cost=120_000)
        shot = {"id": "shot", "name": "Shot", "price": 3_000, "components": [{"variant_id": beans, "quantity": "0.02"}]}
        choices = [{"id": "extra", "name": "Extra", "max": 2, "modifiers": [shot]}]
        coffee = self._product("Coffee", [pbjt], choices, price=18_000)
        mug = self._product("Mug", [ppn, pbjt], price=45_500, stock_policy="block")
        parts = [{"variant_id": mug, "quantity": "1"}, {"variant_id": beans, "quantity": "0.25"}]
        gift = self._product("Gift", [pbjt], price=99_999, components=parts)
        self.variants = {"beans": beans, "coffee": coffee, "mug": mug, "gift": gift}
        one = {name: {id: Decimal(1)} for name, id in self.variants.items()}
        self.recipes = {self.variants[name]: one[name] for name in ("beans", "coffee", "mug")}
        self.recipes |= {gift: {mug: Decimal(1), beans: Decimal("0.25")}, "shot": {beans: Decimal("0.02")}}
        self.stocked = (beans, coffee, mug)
        buy = {
            "name": "Third at half price",
            "buy_x_get_y": {"buy": 2, "get": 1, "percent": "50", "variant_ids": [mug]},
        }
        self._made("POST", "/v1/promotions", buy)
        program = {"earn_points": 1, "earn_per": 10_000, "point_value": POINT_VALUE}
        self._made("PUT", "/v1/loyalty_program", program)
        self._receive(self.places[0], "20", "45000")
        self.customers = [self._made("POST", "/v1/customers", {"name": name})["id"] for name in ("Siti", "Budi")]

    def _product(self, name: str, tax_ids: list[str], choices: Sequence[Json] = (), **variant: Any) -> str:
        body = {"name": name, "tax_ids": tax_ids, "variants": [variant], "modifier_groups": choices}
        made: str = self._made("POST", "/v1/products", body)["variants"][0]["id"]
        return made

    # --- orders ------------------------------------------------------------------------------------------------------

    @rule(data=st.data(), sale=sales, paid=st.sampled_from(WAYS_TO_PAY), complete=st.booleans())
    def sell(self, data: st.DataObject, sale: Json, paid: str, complete: bool) -> None:
        self._sell(data, sale, paid, complete)

    @rule(data=st.data(), sale=sales, paid=st.sampled_from(("cash", "cash", "card", "mixed")))
    def sell_at_once(self, data: st.DataObject, sale: Json, paid: str) -> None:
        self._sell(data, sale, paid, True)

    @rule(data=st.data(), sale=sales)
    def open_ticket(self, data: st.DataObject, sale: Json) -> None:
        self._sell(data, sale, "not", False)

    def _sell(self, data: st.DataObject, sale: Json, paid: str, complete: bool) -> None:
        body = self._sale(data, sale["place"], sale["till"], sale["customer"])
        body |= {name: sale[name] for name in ("discounts", "service_charges", "tip")}
        body["payments"] = self._payments(paid, self._price(body))
        self._order(self._write("POST", "/v1/orders", body | {"complete": complete}), body.get("register_id"))

    def _sale(self, data: st.DataObject, place: int, till: int | None, customer: int | None) -> Json:
        body: Json = {"location_id": self.places[place], "lines": self._lines(data)}
        if till is not None and place == 0:
            body["register_id"] = self.registers[till]
        if customer is not None:
            body["customer_id"] = self.customers[customer]
        return body

    def _lines(self, data: st.DataObject) -> list[Json]:
        return [self._line(data, name) for name in data.draw(st.lists(goods, min_size=1, max_size=3))]

    def _line(self, data: st.DataObject, name: str) -> Json:
        if name == "cake":
            return {"custom": {"name": "Cake", "price": data.draw(amounts)}, "quantity": data.draw(pieces)}
        line: Json = {"variant_id": self.variants[name], "quantity": data.draw(grams if name == "beans" else pieces)}
        if name == "coffee":
            line["modifiers"] = data.draw(st.sampled_from(([], [{"id": "shot"}], [{"id": "shot", "quantity": 2}])))
        return line | {"discounts": data.draw(discounts) if name == "mug" else []}

    def _price(self, body: Json) -> Json:
        reply = self._call("POST", "/v1/orders/preview", body)
        return reply.json if reply.status == 200 else {"total": 0, "cash_due": 0}

    def _payments(self, paid: str, price: Json) -> list[Json]:
        total = price["total"]
        if paid == "not" or total == 0:
            return []
        if paid == "cash":
            return [{"method": "cash", "amount": price["cash_due"] or total, "tendered": total + 5_000}]
        part = max(total // 3, 1)
        if paid == "part":
            return [{"method": "qris", "amount": part}]
        if paid == "voucher" and self.vouchers:
            return [self._by_voucher(total), {"method": "cash", "amount": total}][: 1 + (total % 2)]
        if paid == "points":
            return [{"method": "points", "amount": max(part // POINT_VALUE, 1) * POINT_VALUE}]
        if paid == "mixed" and total > part:
            return [{"method": "transfer", "amount": part}, {"method": "cash", "amount": total - part}]
        return [{"method": "card", "amount": total}]

    def _by_voucher(self, amount: int) -> Json:
        code = list(self.vouchers)[amount % len(self.vouchers)]
        return {"method": "voucher", "amount": max(min(amount, self._voucher(code)["balance"]), 1), "reference": code}

    @precondition(lambda self: self._that(*ACTIVE))
    @rule(data=st.data(), nth=which)
    def add_lines(self, data: st.DataObject, nth: int) -> None:
        order = self._pick(nth, *ACTIVE)
        self._order(self._write("POST", f"/v1/orders/{order['id']}/lines", {"lines": self._lines(data)}))

    @precondition(lambda self: self._that(*ACTIVE))
    @rule(data=st.data(), nth=which, line=which)
    def change_line(self, data: st.DataObject, nth: int, line: int) -> None:
        order = self._pick(nth, *ACTIVE)
        if order["lines"]:
            one = order["lines"][line % len(order["lines"])]
            body = {"quantity": data.draw(grams if one["variant_id"] == self.variants["beans"] else pieces)}
            self._order(self._write("PATCH", f"/v1/orders/{order['id']}/lines/{one['id']}", body))

    @precondition(lambda self: self._that(*ACTIVE))
    @rule(nth=which, line=which)
    def remove_line(self, nth: int, line: int) -> None:
        order = self._pick(nth, *ACTIVE)
        if order["lines"]:
            one = order["lines"][line % len(order["lines"])]
            self._order(self._write("DELETE", f"/v1/orders/{order['id']}/lines/{one['id']}"))

    @precondition(lambda self: self._that(*ACTIVE))
    @rule(
        nth=which,
        change=st.one_of(
            st.fixed_dictionaries({"discounts": discounts, "service_charges": charges}),
            st.fixed_dictionaries({"tip": st.sampled_from((0, 2_500))}),
            st.fixed_dictionaries({"customer": st.sampled_from((None, 0, 1))}),
            st.fixed_dictionaries({"apply_promotions": st.booleans()}),
        ),
    )
    def change_order(self, nth: int, change: Json) -> None:
        order = self._pick(nth, *ACTIVE)
        body = dict(change)
        if "customer" in body:
            customer = body.pop("customer")
            body["customer_id"] = None if customer is None else self.customers[customer]
        self._order(self._write("PATCH", f"/v1/orders/{order['id']}", body))

    @precondition(lambda self: self._that(*ACTIVE))
    @rule(nth=which, line=which)
    def split_order(self, nth: int, line: int) -> None:
        order = self._pick(nth, *ACTIVE)
        if order["lines"]:
            one = order["lines"][line % len(order["lines"])]
            lines = [{"line_id": one["id"], "quantity": "1" if Decimal(one["quantity"]) > 1 else one["quantity"]}]
            self._seen(self._write("POST", f"/v1/orders/{order['id']}/split", {"lines": lines}))

    @precondition(lambda self: self._that(*ACTIVE))
    @rule(nth=which, other=which)
    def merge_orders(self, nth: int, other: int) -> None:
        into, out_of = self._pick(nth, *ACTIVE), self._pick(other, *ACTIVE)
        self._seen(self._write("POST", f"/v1/orders/{into['id']}/merge", {"from_order_id": out_of["id"]}))

    @precondition(lambda self: self._that(*ACTIVE))
    @rule(nth=which, status=st.sampled_from(("completed", "completed", "preparing", "ready")))
    def move_order(self, nth: int, status: str) -> None:
        order = self._pick(nth, *ACTIVE)
        self._order(self._write("POST", f"/v1/orders/{order['id']}/status", {"status": status}))

    @precondition(lambda self: self._that(*ACTIVE, "completed"))
    @rule(nth=which)
    def cancel_order(self, nth: int) -> None:
        order = self._pick(nth, *ACTIVE, "completed")
        self._order(self._write("POST", f"/v1/orders/{order['id']}/cancel", {"reason": "Changed their mind"}))

    # --- payments and refunds ----------------------------------------------------------------------------------------

    @precondition(lambda self: self._due())
    @rule(
        nth=which,
        part=quarters,
        method=st.sampled_from(("cash", "cash", "card", "transfer", "voucher", "points", "other")),
        till=tills,
        capture=st.sampled_from((True, True, True, False)),
        complete=st.booleans(),
    )
    def pay(self, nth: int, part: int, method: str, till: int | None, capture: bool, complete: bool) -> None:
        order = self._nth(nth, self._due())
        amount = max(order["amount_due"] * part // 4, 1)
        body: Json = {"method": method, "amount": amount}
        if method == "cash":
            body |= {"tendered": amount + 5_000}
        if method == "points":
            body |= {"amount": max(amount // POINT_VALUE, 1) * POINT_VALUE}
        if method == "voucher" and self.vouchers:
            body |= self._by_voucher(amount)
        self._pay(order, body | {"capture": capture or method == "cash", "complete": complete}, till)

    @precondition(lambda self: self._due())
    @rule(nth=which, part=quarters, says=simulated, till=tills, capture=st.booleans(), complete=st.booleans())
    def pay_by_provider(
        self, nth: int, part: int, says: str | None, till: int | None, capture: bool, complete: bool
    ) -> None:
        order = self._nth(nth, self._due())
        body = {"method": "card", "amount": max(order["amount_due"] * part // 4, 1), "provider": "simulated"}
        if says is not None:
            body |= {"reference": f"simulate:{says}"}
        self._pay(order, body | {"capture": capture, "complete": complete}, till)

    def _pay(self, order: Json, body: Json, till: int | None) -> None:
        body |= {"register_id": self.registers[till]} if till is not None and order["register_id"] else {}
        path = f"/v1/orders/{order['id']}/payments"
        self._order(self._write("POST", path, body), body.get("register_id"))

    @precondition(lambda self: self._payments_that(*RESERVED))
    @rule(nth=which, does=st.sampled_from(("capture", "check")))
    def settle_payment(self, nth: int, does: str) -> None:
        order, payment = self._payment(nth, *RESERVED)
        path = f"/v1/orders/{order['id']}/payments/{payment['id']}/{does}"
        self._order(self._write("POST", path, {} if does == "capture" else None), payment["register_id"])

    @precondition(lambda self: self._payments_that(*RESERVED, "captured"))
    @rule(nth=which)
    def void_payment(self, nth: int) -> None:
        order, payment = self._payment(nth, *RESERVED, "captured")
        path = f"/v1/orders/{order['id']}/payments/{payment['id']}/void"
        self._order(self._write("POST", path, {"reason": "Another card"}), payment["register_id"])

    @precondition(lambda self: self._payments_that(*RESERVED))
    @rule()
    def ask_providers(self) -> None:
        self.driver.ask_providers()

    @precondition(lambda self: self._that("completed"))
    @rule(data=st.data(), nth=which, restock=st.booleans(), tip=st.booleans(), way=which, till=tills)
    def return_goods(self, data: st.DataObject, nth: int, restock: bool, tip: bool, way: int, till: int | None) -> None:
        order = self._pick(nth, "completed")
        lines = self._some_of(data, order)
        self._refund(order, {"lines": lines, "restock": restock, "tip": tip and order["tip"] > 0}, way, till)

    @precondition(lambda self: self._paid())
    @rule(nth=which, part=quarters, way=which, till=tills)
    def refund_amount(self, nth: int, part: int, way: int, till: int | None) -> None:
        order = self._nth(nth, self._paid())
        left = order["paid"] - order.get("refunded", 0)
        self._refund(order, {"amount": max(left * part // 4, 1)}, way, till)

    @precondition(lambda self: self._that("completed"))
    @rule(data=st.data(), nth=which, till=tills, restock=st.booleans(), complete=st.booleans())
    def exchange_goods(self, data: st.DataObject, nth: int, till: int | None, restock: bool, complete: bool) -> None:
        order = self._pick(nth, "completed")
        sale = self._sale(data, self.places.index(order["location_id"]), till, None) | {"complete": complete}
        body = {"reason": "Another size", "lines": self._some_of(data, order), "restock": restock, "order": sale}
        reply = self._write("POST", f"/v1/orders/{order['id']}/exchange", body)
        self._order(reply)
        if reply.status == 201:
            self._order(self._call("GET", f"/v1/orders/{order['id']}"), sale.get("register_id"))

    @precondition(lambda self: self._refund_due())
    @rule(nth=which, in_cash=st.booleans(), till=tills)
    def give_what_was_declined(self, nth: int, in_cash: bool, till: int | None) -> None:
        order = self._nth(nth, self._refund_due())
        body: Json = {"reason": "Bank declined", "declined": True}
        if in_cash:
            body |= {"tenders": [{"method": "cash", "amount": max(order.get("refund_due", 0), 1)}]}
        body |= {"register_id": self.registers[till]} if till is not None and order["register_id"] else {}
        self._order(self._write("POST", f"/v1/orders/{order['id']}/refunds", body), body.get("register_id"))

    def _some_of(self, data: st.DataObject, order: Json) -> list[Json]:
        lines = []
        for line in order["lines"]:
            left = Decimal(line["quantity"]) - Decimal(line.get("refunded", 0))
            part = left if left <= 1 else data.draw(st.sampled_from((Decimal(1), left)))
            if left > 0 and data.draw(st.booleans()):
                lines.append({"line_id": line["id"], "quantity": str(part)})
        return lines or [{"line_id": line["id"], "quantity": line["quantity"]} for line in order["lines"][:1]]

    def _refund(self, order: Json, body: Json, way: int, till: int | None) -> None:
        """Money goes back to where it came from, or every third time by another way where the order allows that."""
        if way % 3 == 1 and "amount" in body:
            body |= {"tenders": [{"method": "cash", "amount": body["amount"]}]}
        if way % 3 == 2 and "amount" in body:
            body |= {"tenders": [self._onto_voucher(way, body["amount"])]}
        body |= {"register_id": self.registers[till]} if till is not None and order["register_id"] else {}
        path = f"/v1/orders/{order['id']}/refunds"
        reply = self._write("POST", path, {"reason": "Broken", **body})
        self._order(reply, body.get("register_id"))

    def _onto_voucher(self, way: int, amount: int) -> Json:
        codes = list(self.vouchers)
        tender = {"method": "voucher", "amount": amount}
        return tender | {"reference": codes[way % len(codes)]} if codes and way % 2 else tender

    # --- vouchers and points -----------------------------------------------------------------------------------------

    @rule(amount=amounts, expires=st.booleans())
    def issue_voucher(self, amount: int, expires: bool) -> None:
        body: Json = {"amount": amount} | ({"expires_at": self._in_days(2)} if expires else {})
        reply = self._write("POST", "/v1/vouchers", body)
        if reply.status == 201:
            self.vouchers[reply.json["code"]] = amount

    @rule(customer=st.integers(0, 1), points=st.integers(-50, 2_000).filter(bool))
    def adjust_points(self, customer: int, points: int) -> None:
        path = f"/v1/customers/{self.customers[customer]}/points"
        reply = self._write("POST", path, {"points": points, "reason": "Birthday"})
        if reply.status == 201:
            self.points[self.customers[customer]] += points
            self._check_points(self.customers[customer])

    # --- stock -------------------------------------------------------------------------------------------------------

    @rule(place=st.integers(0, 1), variant=st.integers(0, 2), quantity=grams, less=st.booleans())
    def adjust_stock(self, place: int, variant: int, quantity: str, less: bool) -> None:
        change = -Decimal(quantity) if less else Decimal(quantity)
        lines = [{"variant_id": self.stocked[variant], "quantity": str(change)}]
        body = {"location_id": self.places[place], "reason": "damage" if less else "opening", "lines": lines}
        if self._write("POST", "/v1/inventory/adjustments", body).status == 201:
            self._move(self.places[place], self.stocked[variant], change)

    @rule(place=st.integers(0, 1), quantity=st.integers(1, 30).map(str), cost=costs)
    def receive_stock(self, place: int, quantity: str, cost: str) -> None:
        self._receive(self.places[place], quantity, cost)

    def _receive(self, place: str, quantity: str, cost: str) -> None:
        lines = [{"variant_id": one, "quantity": quantity, "unit_cost": cost} for one in self.stocked]
        body = {"location_id": place, "supplier": "PT Maju", "lines": lines}
        if self._write("POST", "/v1/inventory/receipts", body).status == 201:
            for one in self.stocked:
                self._move(place, one, Decimal(quantity))

    @rule(place=st.integers(0, 1), variant=st.integers(0, 2), quantity=grams)
    def send_stock(self, place: int, variant: int, quantity: str) -> None:
        lines = [{"variant_id": self.stocked[variant], "quantity": quantity}]
        places = {"from_location_id": self.places[place], "to_location_id": self.places[1 - place]}
        reply = self._write("POST", "/v1/inventory/transfers", places | {"lines": lines})
        if reply.status == 201:
            self._move(self.places[place], self.stocked[variant], -Decimal(quantity))
            self.transfers.append(reply.json)

    @precondition(lambda self: self.transfers)
    @rule(nth=which, counted=grams | st.none(), arrives=st.booleans())
    def end_transfer(self, nth: int, counted: str | None, arrives: bool) -> None:
        sent = self.transfers.pop(nth % len(self.transfers))
        [line] = sent["lines"]
        variant_id, quantity = line["variant_id"], line["quantity"]
        path = f"/v1/inventory/transfers/{sent['id']}"
        if not arrives:
            assert self._write("POST", f"{path}/cancel", {}).status == 200
            self._move(sent["from_location_id"], variant_id, Decimal(quantity))
            return
        lines = [] if counted is None else [{"variant_id": variant_id, "quantity": counted}]
        assert self._write("POST", f"{path}/receive", {"lines": lines}).status == 200
        self._move(sent["to_location_id"], variant_id, Decimal(counted or quantity))

    @rule(place=st.integers(0, 1))
    def begin_count(self, place: int) -> None:
        body = {"location_id": self.places[place], "variant_ids": self.stocked}
        self.counts.append((self._made("POST", "/v1/inventory/counts", body)["id"], self.places[place]))

    @precondition(lambda self: self.counts)
    @rule(nth=which, variant=st.integers(0, 2), quantity=grams)
    def find_stock(self, nth: int, variant: int, quantity: str) -> None:
        (count, at), what = self.counts[nth % len(self.counts)], self.stocked[variant]
        lines = [{"variant_id": what, "quantity": quantity}]
        if self._write("POST", f"/v1/inventory/counts/{count}/lines", {"lines": lines}).status == 200:
            self.found[count][at, what] = Decimal(quantity) - self._expected()[at, what]

    @precondition(lambda self: self.counts)
    @rule(nth=which, complete=st.sampled_from((True, True, False)))
    def end_count(self, nth: int, complete: bool) -> None:
        count, _ = self.counts.pop(nth % len(self.counts))
        path = f"/v1/inventory/counts/{count}"
        if complete:
            assert self._write("POST", f"{path}/complete").status == 200
            for (at, what), difference in self.found[count].items():
                self._move(at, what, difference)
        else:
            assert self._write("POST", f"{path}/cancel", {}).status == 200

    @rule(place=st.integers(0, 1), variant=st.integers(0, 2), threshold=grams | st.none())
    def set_threshold(self, place: int, variant: int, threshold: str | None) -> None:
        at = (self.places[place], self.stocked[variant])
        assert self._write("PATCH", f"/v1/inventory/levels/{at[0]}/{at[1]}", {"threshold": threshold}).status == 200
        self.thresholds.pop(at, None)
        if threshold is not None:
            self.thresholds[at] = Decimal(threshold)

    def _move(self, place: str, variant_id: str, change: Decimal) -> None:
        self.on_hand[place, variant_id] += change  # type: ignore[assignment]

    # --- shifts ------------------------------------------------------------------------------------------------------

    @rule(till=st.integers(0, 1), opening_float=amounts)
    def open_shift(self, till: int, opening_float: int) -> None:
        self._open_shift(till, opening_float)

    def _open_shift(self, till: int, opening_float: int) -> None:
        register_id = self.registers[till]
        body = {"register_id": register_id, "opening_float": {"total": opening_float}}
        reply = self._write("POST", "/v1/shifts", body)
        if register_id in self.open:
            assert reply.code == "shift.already_open"
            return
        last = self.counted.get(register_id)
        assert reply.json["opening_difference"] == (None if last is None else opening_float - last)
        self.open[register_id] = reply.json["id"]
        self.drawers[reply.json["id"]] = Drawer(register_id, opening_float)

    @precondition(lambda self: self.open)
    @rule(nth=which, kind=st.sampled_from(("paid_in", "paid_out", "drop")), amount=amounts)
    def move_cash(self, nth: int, kind: str, amount: int) -> None:
        shift_id = list(self.open.values())[nth % len(self.open)]
        body = {"type": kind, "amount": amount, "reason": "Change from the bank"}
        reply = self._write("POST", f"/v1/shifts/{shift_id}/cash_movements", body)
        drawer = self.drawers[shift_id]
        if kind != "paid_in" and amount > drawer.cash:
            assert reply.code == "shift.cash_insufficient"
            return
        assert reply.status == 201, reply.text
        drawer.cash += amount if kind == "paid_in" else -amount

    @precondition(lambda self: self.open)
    @rule(nth=which, counted=amounts)
    def close_shift(self, nth: int, counted: int) -> None:
        shift_id = list(self.open.values())[nth % len(self.open)]
        drawer = self.drawers[shift_id]
        reply = self._write("POST", f"/v1/shifts/{shift_id}/close", {"counted": {"total": counted}})
        assert reply.status == 200, reply.text
        self.z_numbers[drawer.register_id] += 1
        assert reply.json["z_number"] == self.z_numbers[drawer.register_id]
        assert (reply.json["expected"], reply.json["difference"]) == (drawer.cash, counted - drawer.cash)
        self.counted[drawer.register_id] = counted
        del self.open[drawer.register_id]
        drawer.closed = reply.json

    # --- whoever asks again, and time --------------------------------------------------------------------------------

    @precondition(lambda self: self.last)
    @rule()
    def repeat_request(self) -> None:
        assert self.last is not None
        method, path, body, key, first = self.last
        again = self.driver.call(method, path, body, key)
        self._count("repeat", again)
        assert again.status == first.status, again.text
        assert again.json.get("id") == first.json.get("id")

    @rule(hours=st.sampled_from((1, 5, 20)))
    def wait(self, hours: int) -> None:
        self.driver.wait(timedelta(hours=hours))

    # --- requests ----------------------------------------------------------------------------------------------------

    def _call(self, method: str, path: str, body: Any = None, **query: str) -> Reply:
        reply = self.driver.call(method, path, body, **query)
        assert reply.status < 300 or reply.status in REFUSED, f"{method} {path} {body}: {reply.text}"
        return reply

    def _write(self, method: str, path: str, body: Any = None) -> Reply:
        """A request that may be refused."""
        self.sound = False
        key = f"step-{next(self.keys)}"
        reply = self.driver.call(method, path, body, key)
        assert reply.status < 300 or reply.status in REFUSED, f"{method} {path} {body}: {reply.text}"
        self._count(f"{method} {_IDS.sub('{id}', path)}", reply)
        self.last = (method, path, body, key, reply)
        return reply

    def _count(self, request: str, reply: Reply) -> None:
        self.tally.answers[request]["done" if reply.status < 300 else reply.code] += 1

    def _made(self, method: str, path: str, body: Any) -> Json:
        """A request that may not."""
        reply = self.driver.call(method, path, body)
        assert reply.status < 300, f"{method} {path} {body}: {reply.text}"
        answer: Json = reply.json
        return answer

    def _listed(self, path: str, **query: str) -> list[Json]:
        items: list[Json] = []
        while True:
            page = self._call("GET", path, limit="200", **query).json
            items += page["items"]
            if page["next_cursor"] is None:
                return items
            query["cursor"] = page["next_cursor"]

    def _order(self, reply: Reply, register_id: str | None = None) -> None:
        """Take in what became of an order; its cash went through the drawer of the register, or of the order's own."""
        if reply.status >= 300:
            return
        order = reply.json
        self._seen(reply)
        shift_id = self.open.get(register_id or order["register_id"])
        if shift_id is not None:
            self.drawers[shift_id].cash += books.cash(order) - books.cash(self.books.orders.get(order["id"]))
        for refund in order.get("refunds", ()):
            for tender in refund["tenders"]:
                if tender.get("issued"):
                    self.vouchers.setdefault(tender["reference"], 0)

    def _seen(self, reply: Reply) -> None:
        if reply.status < 300:
            self.versions[reply.json["id"]] = reply.json["version"]

    def _in_days(self, days: int) -> str:
        return timestamp(self.opened_at + timedelta(days=days))

    def _all(self) -> list[Json]:
        return list(self.books.orders.values())

    def _that(self, *statuses: str) -> list[Json]:
        return [order for order in self._all() if order["status"] in statuses]

    def _pick(self, nth: int, *statuses: str) -> Json:
        return self._nth(nth, self._that(*statuses))

    def _nth(self, nth: int, meant: list[Json]) -> Json:
        found = self._all() if nth % 10 == 9 else meant
        return found[nth % len(found)]

    def _due(self) -> list[Json]:
        return [one for one in self._that(*ACTIVE, "completed") if one["amount_due"] > one["reserved"]]

    def _paid(self) -> list[Json]:
        return [one for one in self._that(*ACTIVE, "completed") if one["paid"] > one.get("refunded", 0)]

    def _refund_due(self) -> list[Json]:
        return [one for one in self._all() if one.get("refund_due")]

    def _payments_that(self, *statuses: str) -> list[tuple[Json, Json]]:
        return [(order, one) for order in self._all() for one in order["payments"] if one["status"] in statuses]

    def _payment(self, nth: int, *statuses: str) -> tuple[Json, Json]:
        found = self._payments_that(*statuses)
        return found[nth % len(found)]

    def _voucher(self, code: str) -> Json:
        voucher: Json = self._call("GET", f"/v1/vouchers/{code}").json
        return voucher

    # --- what holds after each step ----------------------------------------------------------------------------------

    @invariant()
    def everything_adds_up(self) -> None:
        """What the step touched adds up, as the feed tells of it; `teardown` looks at everything."""
        self.tally.steps += 1
        self.driver.eventually(self._check)
        self.told.clear()
        self.moved.clear()
        self.sound = True

    def _check(self) -> None:
        self._read_feed()
        for place, version in self.moved:
            crossed = self.books.crossed(place, version, self.thresholds.get(place))
            assert ((place, version) in self.books.low) == crossed, place
        about = {entity for entity, _ in self.told}
        orders = [self.books.orders[id] for entity, id in self.told if entity == "order"]
        for order in orders:
            self._check_order(order)
        if "level" in about:
            self._check_stock()
        if about & {"order", "cash_movement", "shift"}:
            for shift_id in {*self.open.values()} | {id for entity, id in self.told if entity == "shift"}:
                self._check_shift(shift_id)
        if "voucher" in about:
            self._check_vouchers()
        for customer_id in {order["customer_id"] for order in orders} - {None}:
            self._check_points(customer_id)
        if orders:
            self.books.check_refunds()
            self._check_report("day")

    def teardown(self) -> None:
        if getattr(self, "sound", False):  # not after a step that failed
            self.driver.eventually(self._check_all)

    def _check_all(self) -> None:
        self._read_feed()
        for id, known in self.books.orders.items():
            assert self._call("GET", f"/v1/orders/{id}").json == known
            self._check_order(known)
        self.books.check_refunds()
        self._check_stock()
        for shift_id in self.drawers:
            self._check_shift(shift_id)
        self._check_vouchers()
        for customer_id in self.customers:
            self._check_points(customer_id)
        for dimension in DIMENSIONS:
            self._check_report(dimension)
        self._check_audit()

    def _read_feed(self) -> None:
        """Take in what is new, and what it tells of. All that was answered is in the feed by then."""
        while True:
            query = {"limit": "200"} | ({"after": self.books.position} if self.books.position else {})
            page = self._call("GET", "/v1/events", **query).json
            for event in page["items"]:
                self.books.read(event)
                self.told.add((event["entity"]["type"], event["entity"]["id"]))
                if event["type"] == "inventory.updated":
                    place = (event["data"]["location_id"], event["data"]["variant_id"])
                    self.moved.add((place, event["entity"]["version"]))
            self.books.position = page["position"]
            if page["next_cursor"] is None:
                break
        known = self.books.orders
        assert all(id in known and known[id]["version"] >= version for id, version in self.versions.items())
        expected = self._expected()
        assert all(self.books.on_hand((at, what)) == expected[at, what] for at in self.places for what in self.stocked)

    def _check_order(self, order: Json) -> None:
        books.check_figures(order)
        books.check_money(order, self.books.payments_of(order["id"]))
        for payment in order["payments"]:
            if payment.get("provider") and not payment.get("asked"):
                self._check_provider(order, payment)

    def _check_provider(self, order: Json, payment: Json) -> None:
        """What a provider took and kept is what the order says, once it has answered all that it was asked."""
        back = [tender for tender in books.tenders(order) if tender.get("payment_id") == payment["id"]]
        held = self.driver.held_by_provider(payment["id"])
        if held is not None and not any(tender["status"] == "pending" for tender in back):
            assert held == (payment["amount"] if payment["status"] == "captured" else 0) - books.amounts(back)

    def _expected(self) -> Counter[Place]:
        expected = Counter(self.on_hand)
        for order in self._all():
            expected.subtract(books.taken(order, self.recipes))
        return expected

    def _check_stock(self) -> None:
        expected = self._expected()
        for place in self.places:
            levels = {one["variant_id"]: one for one in self._listed("/v1/inventory/levels", location_id=place)}
            for variant_id in self.stocked:
                at, level = (place, variant_id), levels.get(variant_id, {"on_hand": "0", "version": 0})
                assert Decimal(level["on_hand"]) == self.books.on_hand(at) == expected[at], at
                assert level["version"] == len(self.books.movements[at])

    def _check_shift(self, shift_id: str) -> None:
        drawer = self.drawers[shift_id]
        report = self._call("GET", f"/v1/shifts/{shift_id}/report").json
        entries = self._listed(f"/v1/shifts/{shift_id}/entries")
        sums = Counter[str]()
        for entry in entries:
            for method, figures in entry.get("figures", {}).get("tender", {}).items():
                sums[method] += figures.get("paid", 0) - figures.get("refunded", 0)
        assert report["cash"]["expected"] == drawer.cash
        assert report["cash"]["opening_float"] + sum(entry["cash"] for entry in entries) == drawer.cash
        assert report["entries"] == len(entries)
        assert {one["method"]: one["net"] for one in report["tenders"] if one["net"]} == {
            method: net for method, net in sums.items() if net
        }
        sold = [one for one in self._that("completed") if one.get("shift_id") == shift_id]
        assert report["sales"]["count"] == len(sold)
        if drawer.closed is None:
            assert report["sales"]["total"] == sum(order["total"] for order in sold)
        else:
            assert self._call("GET", f"/v1/shifts/{shift_id}").json == drawer.closed
            assert report == drawer.closed["report"]

    def _check_vouchers(self) -> None:
        moved = self.books.vouchers()
        for code, issued in self.vouchers.items():
            voucher = self._voucher(code)
            entries = self._listed(f"/v1/vouchers/{code}/entries")
            assert voucher["balance"] == sum(entry["amount"] for entry in entries) == issued + moved[code]
            assert all(entry["balance"] >= 0 for entry in entries)

    def _check_points(self, customer_id: str) -> None:
        path = f"/v1/customers/{customer_id}/points"
        entries = self._listed(path)
        balance = self._call("GET", path).json["balance"]
        assert balance == sum(entry["points"] for entry in entries) >= 0
        by_order: Counter[str | None] = Counter()
        for entry in entries:
            by_order[entry.get("order_id")] += entry["points"]
        assert by_order[None] == self.points[customer_id]
        for order in self._all():
            terms = order.get("loyalty")
            if terms is not None and order["customer_id"] == customer_id:
                assert terms["points_earned"] == books.earned(order)
                assert terms["points_redeemed"] * POINT_VALUE == books.paid_by_points(order)
                assert by_order[order["id"]] == (
                    terms["points_earned"] + terms["points_short"] - terms["points_redeemed"]
                )

    def _check_report(self, group_by: str) -> None:
        span = {"from": self._in_days(-1)[:10], "to": self._in_days(90)[:10]}
        report = self._call("GET", "/v1/reports/sales", **span, group_by=group_by).json
        assert report["as_of"]["quarantined"] == 0
        sales = self.books.sales
        rows = {row.pop(group_by) or "": _figures(row) for row in report["items"]}
        assert {group: sums for group, sums in rows.items() if sums} == sales.by(group_by)
        assert _figures(report["totals"]) == sales.totals()

    def _check_audit(self) -> None:
        """Kasir's own audit, which counts orders and movements by other code than the projection and than the books."""
        span = {"from": self._in_days(-1)[:10], "to": f"{self.driver.now() + timedelta(days=1):%Y-%m-%d}"}
        job = self._call("GET", "/v1/reports/audit", **span).json
        assert job["status"] == "done"
        assert job["audit"]["equal"], job["audit"]["differences"]
        assert job["audit"]["orders"] == len(self.books.orders)


_OF_STOCK = ("cost", "uncosted", "margin")
"""What reports say of goods comes from movements of stock, not from orders."""


def _figures(row: Mapping[str, Any]) -> dict[str, Any]:
    """The sums of orders in a report's row that are not 0, with exact quantities."""
    apart = {*DERIVED, *KEYS, *_OF_STOCK, "late"}
    sums = {name: value for name, value in row.items() if name not in apart and "percent" not in name}
    exact = {name: Decimal(value) if isinstance(value, str) else value for name, value in sums.items()}
    return {name: value for name, value in exact.items() if value}


def keep_shop(
    drive: Callable[[], Driver], *, steps: int, each: int = 50, number: int = 0, repeatable: bool = True
) -> Tally:
    """Let shops do so many `steps` in all, and `each` of them up to so many; another `number` does others, the same one
    always the same. What fails is made as small as it goes where the same steps come to the same again (`repeatable`).

    What became of all requests is logged: pytest shows it with `--log-cli-level=INFO`.
    """
    tally = Tally()
    machine = type("Shopkeeping", (Shopkeeping,), {"drive": staticmethod(drive), "tally": tally})
    logger.setLevel("WARNING")
    for part in itertools.count():  # hypothesis ends some shops early
        run_state_machine_as_test(
            seed(number * 1_000 + part)(machine),
            settings=settings(
                max_examples=min(-(-(steps - tally.steps) // each), _SHOPS),
                stateful_step_count=each,
                deadline=None,
                database=None,
                report_multiple_bugs=False,
                suppress_health_check=list(HealthCheck),
                phases=[Phase.generate, Phase.shrink] if repeatable else [Phase.generate],
            ),
        )
        if tally.steps >= steps:
            break
    logger.setLevel("INFO")
    _log.info("%s steps", tally.steps)
    for request, answers in sorted(tally.answers.items()):
        _log.info("%s: %s", request, dict(answers.most_common()))
    return tally
