"""Sales, payments, refunds and cancellations by trying: after every step, what was paid less what went back is the sum
of all tenders, stock is where the goods are, vouchers are the sums of their ledgers, and nothing is below 0.
"""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from orders import cancel_order
from payments import create_payment, create_refund
from staff import update_merchant
from tests.support import access
from tests.support.aws import deployed
from tests.support.shop import Reply, Shop
from tests.unit.orders.till import Json, Till, piece
from tests.unit.vouchers.desk import balance, issue

STOCKED = 1_000


class RefundMachine(RuleBasedStateMachine):
    """A shop that sells two things, one of them by weight, under coins of 100."""

    def __init__(self) -> None:
        super().__init__()
        self.patches = pytest.MonkeyPatch()
        self.aws = deployed(self.patches)
        self.aws.__enter__()
        access.watch(self.patches)
        self.shop = Shop.open()
        self.shop.call(update_merchant.handler, {"cash_rounding_step": 100, "tax_rounding": "per_order"})
        self.till = Till(self.shop)
        taxes = (self.till.tax("11", included=True), self.till.tax("10", included=False))
        self.variants = [
            self.till.product(1_333, stock=str(STOCKED), tax_ids=taxes),
            self.till.product(9_990, stock=str(STOCKED), tax_ids=taxes[1:], weighed=True),
        ]
        self.voucher = issue(self.shop, 50_000)
        self.orders: list[str] = []
        self.kept_back = [Decimal(0), Decimal(0)]  # returned, but not to stock

    def teardown(self) -> None:
        self.aws.__exit__(None, None, None)
        self.patches.undo()

    def order(self, data: st.DataObject) -> Json:
        order: Json = self.till.get(data.draw(st.sampled_from(self.orders))).json
        return order

    def call(self, handler: Any, body: Json, order: Json) -> Reply:
        reply = self.shop.call(handler, body, id=order["id"])
        assert reply.status < 500, reply.text
        return reply

    @rule(
        quantities=st.tuples(st.integers(1, 3).map(str), st.sampled_from(["0.5", "1.234", "2"])),
        tip=st.sampled_from([0, 700]),
        share=st.integers(0, 100),
        method=st.sampled_from(["card", "voucher"]),
        complete=st.booleans(),
    )
    def sell(self, quantities: tuple[str, str], tip: int, share: int, method: str, complete: bool) -> None:
        lines = [piece(variant, quantity) for variant, quantity in zip(self.variants, quantities, strict=True)]
        total = self.till.preview(*lines, tip=tip).json["total"]
        first = total * share // 100
        reference = {"reference": self.voucher} if method == "voucher" else {}
        payments: list[Json] = [{"method": method, "amount": first, **reference}] if first else []
        if complete and total > first:
            payments.append({"method": "cash", "amount": total - first})
        reply = self.till.sell(*lines, tip=tip, payments=payments, complete=complete)
        assert reply.status == 201 or reply.code == "voucher.insufficient", reply.text
        if reply.status == 201:
            self.orders.append(reply.json["id"])

    @precondition(lambda self: self.orders)
    @rule(data=st.data(), amount=st.integers(1, 20_000))
    def pay(self, data: st.DataObject, amount: int) -> None:
        self.call(create_payment.handler, {"method": "cash", "amount": amount}, self.order(data))

    @precondition(lambda self: self.orders)
    @rule(data=st.data(), amount=st.integers(1, 20_000), voucher=st.booleans())
    def refund_amount(self, data: st.DataObject, amount: int, voucher: bool) -> None:
        tenders = [{"method": "voucher", "amount": amount, "reference": self.voucher}] if voucher else []
        self.call(create_refund.handler, {"reason": "Late", "amount": amount, "tenders": tenders}, self.order(data))

    @precondition(lambda self: self.orders)
    @rule(data=st.data(), share=st.sampled_from([1, 2, 3]), restock=st.booleans(), tip=st.booleans())
    def refund_lines(self, data: st.DataObject, share: int, restock: bool, tip: bool) -> None:
        order = self.order(data)
        left = [Decimal(one["quantity"]) - Decimal(one.get("refunded", "0")) for one in order["lines"]]
        parts = [quantity if share == 1 else (quantity / share).quantize(Decimal("0.001")) for quantity in left]
        parts = [
            part if line["variant_id"] == self.variants[1] else min(Decimal(1), most)
            for part, line, most in zip(parts, order["lines"], left, strict=True)
        ]
        lines = [
            {"line_id": line["id"], "quantity": str(part)}
            for line, part in zip(order["lines"], parts, strict=True)
            if part
        ]
        body = {"reason": "Broken", "lines": lines, "restock": restock, "tip": tip}
        reply = self.call(create_refund.handler, body, order)
        if reply.status == 200 and not restock:
            self.kept_back = [kept + part for kept, part in zip(self.kept_back, parts, strict=True)]

    @precondition(lambda self: self.orders)
    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        self.call(cancel_order.handler, {"reason": "Left"}, self.order(data))

    @invariant()
    def money_adds_up_and_nothing_is_below_0(self) -> None:
        for order_id in self.orders:
            order = self.till.get(order_id).json
            refunds = order.get("refunds", [])
            taken = sum(one["amount"] for one in order["payments"] if one["status"] == "captured")
            given = sum(one["amount"] for refund in refunds for one in refund["tenders"])
            assert given <= taken
            if order["status"] == "cancelled":
                continue
            assert order["paid"] - order.get("refunded", 0) == taken - given >= 0
            assert order["paid"] + order["amount_due"] == order["total"] + order["cash_rounding"]
            back = sum(refund["total"] for refund in refunds if not refund["due_again"])
            assert 0 <= back <= order["total"] - order["amount_due"]
            assert all(Decimal(line.get("refunded", "0")) <= Decimal(line["quantity"]) for line in order["lines"])

    @invariant()
    def stock_is_where_the_goods_are(self) -> None:
        sold = [Decimal(0), Decimal(0)]
        for order_id in self.orders:
            order = self.till.get(order_id).json
            if order["status"] != "cancelled":
                out = [Decimal(line["quantity"]) - Decimal(line.get("refunded", "0")) for line in order["lines"]]
                sold = [before + more for before, more in zip(sold, out, strict=True)]
        on_hand = [Decimal(self.till.on_hand(variant) or "0") for variant in self.variants]
        assert on_hand == [STOCKED - quantity - kept for quantity, kept in zip(sold, self.kept_back, strict=True)]

    @invariant()
    def the_voucher_is_the_sum_of_its_ledger(self) -> None:
        assert balance(self.shop, self.voucher) >= 0


RefundMachine.TestCase.settings = settings(max_examples=6, stateful_step_count=15, deadline=None)
TestRefundMachine = RefundMachine.TestCase
