"""create_refund"""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from orders import cancel_order, create_order, preview_order, remove_order_line
from payments import check_payment, create_refund
from payments.providers import Simulated, Unanswered
from staff import create_location, create_register, update_merchant
from tests.support.contract import assert_needs, assert_refuses_what_is_no_body, events_of
from tests.support.samples import sample
from tests.support.shop import Reply, Shop, send
from tests.unit.orders.till import Json, Till, calls_one_at_a_time, custom, piece, set_clock, stored
from tests.unit.payments.desk import A_MINUTE_LATER, Desk, figures, settle
from tests.unit.vouchers.desk import balance, issue, ledger


def line(line_id: str = "lin_1", quantity: str = "1", **fields: Any) -> Json:
    return {"line_id": line_id, "quantity": quantity, **fields}


def refund(shop: Shop, order_id: str, *lines: Json, **request: Any) -> Reply:
    """Refund lines, or what the rest of the request says."""
    options = {name: request.pop(name) for name in ("headers", "permissions") if name in request}
    body = {"reason": "Too small", **({"lines": lines} if lines else {}), **request}
    return shop.call(create_refund.handler, body, id=order_id, **options)


def sold(shop: Shop, *lines: Json, method: str = "cash", **fields: Any) -> Json:
    """A completed order of these lines, paid whole."""
    body = {"location_id": shop.location_id, "lines": lines, "complete": True, **fields}
    if "payments" not in fields:
        body["payments"] = [{"method": method, "amount": shop.call(preview_order.handler, body).json["total"]}]
    made = shop.call(create_order.handler, body)
    assert made.status == 201, made.text
    order: Json = made.json
    return order


def tenders(order: Json) -> list[tuple[str, int, str]]:
    """How the last refund went back."""
    return [(one["method"], one["amount"], one["status"]) for one in order["refunds"][-1]["tenders"]]


class TestRefunding:
    def test_the_sample_event_refunds_a_line_and_its_tax(self, shop: Shop) -> None:
        till = Till(shop)
        variant = till.product(10_000, stock="5", tax_ids=(till.tax("11", included=False),))
        order = sold(shop, piece(variant, "3"))

        reply = send(create_refund.handler, sample("payments", "create_refund", shop, id=order["id"]))

        assert reply.status == 200, reply.text
        after = reply.json
        [given] = after["refunds"]
        [back] = given["lines"]
        assert (back["gross"], back["net"], back["tax"], back["total"]) == (10_000, 10_000, 1_100, 11_100)
        assert tenders(after) == [("cash", 11_100, "completed")]
        assert (after["payment_status"], after["paid"], after["refunded"]) == ("partly_refunded", 33_300, 11_100)
        assert after["lines"][0]["refunded"] == "1"
        assert (given["actor"], given["reason"]) == ("key_sample", "Too small")
        assert after["history"][-1]["action"] == "refunded"

    def test_it_is_told_with_the_order(self, shop: Shop) -> None:
        order = sold(shop, custom())

        after = refund(shop, order["id"], line()).json

        event = events_of(shop, order["id"])[-1]
        assert (event["type"], event["entity"]["version"], event["data"]) == ("order.refunded", 2, after)

    def test_goods_return_to_stock_or_not_by_choice(self, shop: Shop) -> None:
        till = Till(shop)
        whole, broken = till.product(stock="5"), till.product(stock="5")
        order = sold(shop, piece(whole, "2"), piece(broken, "2"))

        refund(shop, order["id"], line("lin_1"), line("lin_2", restock=False))
        assert (till.on_hand(whole), till.on_hand(broken)) == ("4", "3")
        refund(shop, order["id"], line("lin_1"), restock=False)
        assert till.on_hand(whole) == "4"

    def test_by_amount_nothing_returns(self, shop: Shop) -> None:
        till = Till(shop)
        variant = till.product(stock="5")
        order = sold(shop, piece(variant, "2"))

        after = refund(shop, order["id"], amount=2_500).json

        assert (after["refunds"][0]["amount"], after["refunded"]) == (2_500, 2_500)
        assert "refunded" not in after["lines"][0]
        assert till.on_hand(variant) == "3"

    def test_a_sale_beyond_one_transaction_goes_back_whole(self, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("orders.store.MAX_MOVES", 2)
        monkeypatch.setattr("orders.drafts._STEP", 2)
        till = Till(shop)
        variants = [till.product(stock="5") for _ in range(5)]
        order = sold(shop, *(piece(variant) for variant in variants))

        after = refund(shop, order["id"], *(line(f"lin_{number}") for number in range(1, 6)))

        assert (after.status, after.json["payment_status"]) == (200, "refunded")
        assert [till.on_hand(variant) for variant in variants] == ["5"] * 5

    def test_the_coins_follow_the_orders_own_policy(self, shop: Shop) -> None:
        shop.call(update_merchant.handler, {"cash_rounding_step": 100})
        order = sold(shop, custom(9_940))
        shop.call(update_merchant.handler, {"cash_rounding_step": 0})

        after = refund(shop, order["id"], line()).json

        assert (order["paid"], order["cash_rounding"]) == (9_900, -40)
        assert tenders(after) == [("cash", 9_900, "completed")]
        assert after["refunds"][0]["cash_rounding"] == -40

    def test_the_tip_goes_back_if_asked(self, shop: Shop) -> None:
        order = sold(shop, custom(), tip=500, payments=[{"method": "card", "amount": 10_500}])

        first = refund(shop, order["id"], line()).json
        assert (first["refunded"], first["payment_status"]) == (10_000, "partly_refunded")
        second = refund(shop, order["id"], tip=True).json
        assert (second["refunds"][1]["tip"], second["payment_status"]) == (500, "refunded")


class TestRefusals:
    def test_it_keeps_the_promises_of_every_write(self, shop: Shop) -> None:
        order = sold(shop, custom(), custom())
        assert_needs("orders:refund", shop, create_refund.handler, {"reason": "x", "lines": [line()]}, id=order["id"])
        assert_refuses_what_is_no_body(shop, create_refund.handler, id=order["id"])

    def test_the_same_request_refunds_once(self, shop: Shop) -> None:
        order = sold(shop, custom(10_000, "3"))
        headers = {"Idempotency-Key": "refund-1"}

        first, again = (refund(shop, order["id"], line(), headers=headers) for _ in range(2))

        assert (first.text, again.headers["idempotent-replayed"]) == (again.text, "true")
        assert Till(shop).get(order["id"]).json["refunded"] == 10_000
        assert refund(shop, order["id"], line(quantity="2"), headers=headers).code == "idempotency.mismatch"

    def test_a_stale_version_is_refused(self, shop: Shop) -> None:
        order = sold(shop, custom(10_000, "3"))
        assert refund(shop, order["id"], line(), headers={"If-Match": "1"}).status == 200
        assert refund(shop, order["id"], line(), headers={"If-Match": "1"}).status == 412

    def test_another_merchants_order_is_not_there(self, shop: Shop) -> None:
        order = sold(Shop.open(), custom())
        assert refund(shop, order["id"], line()).code == "order.not_found"

    def test_a_cancelled_order_is_not_refunded(self, shop: Shop) -> None:
        order = sold(shop, custom())
        shop.call(cancel_order.handler, {"reason": "Left"}, id=order["id"])
        assert refund(shop, order["id"], line()).code == "order.not_refundable"

    @pytest.mark.parametrize(
        ("code", "pointer", "body"),
        [
            ("request.invalid", "", {}),
            ("request.invalid", "", {"lines": [line()], "amount": 5}),
            ("request.invalid", "/amount", {"amount": 0}),
            ("request.invalid", "/lines/0/quantity", {"lines": [line(quantity="0.0001")]}),
            ("line.unknown", "/lines/0/line_id", {"lines": [line("lin_9")]}),
            ("line.repeated", "/lines/1/line_id", {"lines": [line(), line()]}),
            ("refund.quantity_exceeded", "/lines/0/quantity", {"lines": [line(quantity="3")]}),
            ("refund.exceeds_paid", "/amount", {"amount": 20_001}),
            ("refund.tenders_mismatch", "/tenders", {"amount": 5, "tenders": [{"method": "cash", "amount": 6}]}),
            (
                "refund.tender_unmatched",
                "/tenders/0/method",
                {"amount": 5, "tenders": [{"method": "card", "amount": 5}]},
            ),
            (
                "voucher.unknown",
                "/tenders",
                {"amount": 5, "tenders": [{"method": "voucher", "amount": 5, "reference": "NONE-1"}]},
            ),
        ],
    )
    def test_what_cannot_go_back_is_refused(self, shop: Shop, code: str, pointer: str, body: Json) -> None:
        order = sold(shop, custom(10_000, "2"))
        before = stored()

        reply = shop.call(create_refund.handler, {"reason": "Broken", **body}, id=order["id"])

        assert (reply.status, reply.code, reply.pointers) == (422, code, [pointer])
        assert stored() == before

    def test_a_register_of_another_place_is_refused(self, shop: Shop) -> None:
        place = shop.call(create_location.handler, {"name": "Elsewhere"}).json["id"]
        other = shop.call(create_register.handler, {"location_id": place, "name": "R9", "code": "R9"}).json["id"]
        order = sold(shop, custom())

        assert refund(shop, order["id"], line(), register_id=other).code == "register.elsewhere"

    def test_refunds_at_once_never_give_back_more_than_was_paid(
        self, shop: Shop, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        order = sold(shop, custom(10_000, "3"))
        calls_one_at_a_time(monkeypatch)

        with ThreadPoolExecutor(4) as pool:
            replies = list(pool.map(lambda _: refund(shop, order["id"], line()), range(4)))

        assert sorted(reply.status for reply in replies) == [200, 200, 200, 422]
        after = Till(shop).get(order["id"]).json
        assert (after["refunded"], after["payment_status"], len(after["refunds"])) == (30_000, "refunded", 3)


class TestOpenOrders:
    def test_what_is_paid_goes_back_so_that_a_line_can_go(self, desk: Desk) -> None:
        order = desk.shop.call(
            create_order.handler, {"location_id": desk.shop.location_id, "lines": [custom(), custom(4_000)]}
        ).json
        desk.pay(order["id"], "cash", 14_000)
        path = {"id": order["id"], "line_id": "lin_2"}
        assert desk.shop.call(remove_order_line.handler, path=path).code == "order.overpaid"

        given = refund(desk.shop, order["id"], amount=4_000)

        assert figures(given.json) == ("partly_paid", 10_000, 0, 4_000)
        assert given.json["refunds"][0]["due_again"] is True
        after = desk.shop.call(remove_order_line.handler, path=path)
        assert after.status == 200, after.text
        assert figures(after.json) == ("paid", 10_000, 0, 0)

    def test_its_goods_are_not_refunded_and_no_more_than_is_paid(self, desk: Desk) -> None:
        order_id = desk.order()
        desk.pay(order_id, "cash", 4_000)

        assert refund(desk.shop, order_id, line()).code == "order.not_refundable"
        assert refund(desk.shop, order_id, amount=4_001).code == "refund.exceeds_paid"

    def test_it_is_cancelled_once_all_went_back(self, desk: Desk) -> None:
        order_id = desk.order()
        desk.pay(order_id, "cash", 4_000)
        refund(desk.shop, order_id, amount=1_000)

        assert desk.cancel(order_id).code == "order.refund_first"
        refund(desk.shop, order_id, amount=3_000)
        cancelled = desk.cancel(order_id)
        assert (cancelled.status, cancelled.json["payments"][0]["status"]) == (200, "captured")

    def test_a_refunded_payment_is_not_voided(self, desk: Desk) -> None:
        order_id = desk.order()
        payment_id = desk.pay(order_id, "card", 4_000).json["payments"][0]["id"]
        refund(desk.shop, order_id, amount=1_000)

        assert desk.void(order_id, payment_id).code == "payment.not_voidable"


class TestVouchers:
    def test_it_goes_back_onto_the_voucher_that_paid(self, shop: Shop) -> None:
        code = issue(shop, 8_000)
        order = sold(
            shop,
            custom(),
            payments=[{"method": "voucher", "amount": 8_000, "reference": code}, {"method": "cash", "amount": 2_000}],
        )

        after = refund(shop, order["id"], line()).json

        assert tenders(after) == [("voucher", 8_000, "completed"), ("cash", 2_000, "completed")]
        assert balance(shop, code) == 8_000
        assert ledger(shop, code)[-1] == ("refunded", 8_000)

    def test_it_goes_onto_a_new_voucher(self, shop: Shop) -> None:
        order = sold(shop, custom())

        after = refund(shop, order["id"], line(), tenders=[{"method": "voucher", "amount": 10_000}]).json

        [tender] = after["refunds"][0]["tenders"]
        assert tender["issued"] is True
        assert balance(shop, tender["reference"]) == 10_000
        assert [event["type"] for event in events_of(shop, order["id"])][-2:] == ["order.refunded", "voucher.created"]

    def test_it_goes_onto_another_voucher_of_the_customer(self, shop: Shop) -> None:
        code, order = issue(shop, 1_000), sold(shop, custom())

        refund(shop, order["id"], line(), tenders=[{"method": "voucher", "amount": 10_000, "reference": code}])

        assert balance(shop, code) == 11_000


class TestProviders:
    def paid(self, desk: Desk, says: str | None = None) -> Json:
        order: Json = desk.ask(desk.order(complete=True), says=says).json
        return order

    def test_a_provider_gives_it_back(self, desk: Desk) -> None:
        order = self.paid(desk)

        after = refund(desk.shop, order["id"], amount=4_000).json

        assert tenders(after) == [("card", 4_000, "completed")]
        assert after["refunded"] == 4_000
        assert refund(desk.shop, order["id"], amount=6_000).json["payment_status"] == "refunded"

    def test_an_answer_that_got_lost_is_asked_for_again_and_given_back_once(self, desk: Desk) -> None:
        order = self.paid(desk, "refund_timeout")

        after = refund(desk.shop, order["id"], amount=4_000).json

        assert (tenders(after), after["refunded"]) == ([("card", 4_000, "pending")], 4_000)
        assert refund(desk.shop, order["id"], amount=6_001).code == "refund.exceeds_paid"
        path = {"id": order["id"], "payment_id": order["payments"][0]["id"]}
        checked = desk.shop.call(check_payment.handler, path=path).json
        assert (tenders(checked), checked["refunded"]) == ([("card", 4_000, "completed")], 4_000)

    def test_what_a_provider_declines_was_not_given_back(self, desk: Desk) -> None:
        order = self.paid(desk, "refund_decline")

        after = refund(desk.shop, order["id"], amount=4_000).json

        assert (tenders(after), "refunded" in after, after["payment_status"]) == (
            [("card", 4_000, "declined")],
            False,
            "paid",
        )

    def test_what_a_provider_declined_is_given_in_cash_once(self, desk: Desk) -> None:
        till = Till(desk.shop)
        variant = till.product(price=10_000, stock="5")
        order_id = till.sell(piece(variant), complete=True).json["id"]
        desk.ask(order_id, says="refund_decline")
        declined = refund(desk.shop, order_id, line()).json
        assert (declined["refund_due"], refund(desk.shop, order_id, line()).code) == (
            10_000,
            "refund.quantity_exceeded",
        )

        in_cash = {"declined": True, "tenders": [{"method": "cash", "amount": 10_000}]}
        given = refund(desk.shop, order_id, **in_cash).json

        assert (given["refunded"], given["payment_status"], "refund_due" in given) == (10_000, "refunded", False)
        assert [(one["total"], one["lines"]) for one in given["refunds"][1:]] == [(0, [])]
        assert tenders(given) == [("cash", 10_000, "completed")]
        assert till.on_hand(variant) == "5"
        again = refund(desk.shop, order_id, **in_cash)
        assert (again.status, again.code) == (409, "refund.nothing_declined")

    def test_what_was_declined_is_given_whole_as_coins_can_pay_it(self, desk: Desk) -> None:
        desk.shop.call(update_merchant.handler, {"cash_rounding_step": 100})
        order_id = desk.order(10_033, complete=True)
        desk.ask(order_id, 10_033, says="refund_decline")
        refund(desk.shop, order_id, amount=10_033)

        for amount in (10_133, 9_900):
            tender = [{"method": "cash", "amount": amount}]
            assert refund(desk.shop, order_id, declined=True, tenders=tender).code == "refund.tenders_mismatch"
        tender = [{"method": "cash", "amount": 10_033}]
        given = refund(desk.shop, order_id, declined=True, tenders=tender).json

        assert (given["refunded"], given["refunds"][1]["cash_rounding"], "refund_due" in given) == (10_000, -33, False)

    def test_without_tenders_the_provider_is_asked_again(self, desk: Desk) -> None:
        order = self.paid(desk, "refund_decline")
        refund(desk.shop, order["id"], amount=4_000)

        again = refund(desk.shop, order["id"], declined=True).json

        assert [one["tenders"][0]["status"] for one in again["refunds"]] == ["declined", "declined"]
        assert again["refund_due"] == 4_000

    def test_what_is_declined_after_the_order_was_cancelled_can_still_be_given(
        self, desk: Desk, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        order = desk.ask(desk.order(), says="refund_decline").json

        def no_answer(*_: Any) -> None:
            raise Unanswered

        with monkeypatch.context() as offline:
            offline.setattr(Simulated, "refund", no_answer)
            refund(desk.shop, order["id"], amount=10_000)
        assert desk.cancel(order["id"]).status == 200
        assert refund(desk.shop, order["id"], declined=True).code == "refund.nothing_declined"

        checked = desk.check(order["id"], order["payments"][0]["id"]).json
        assert (checked["status"], checked["paid"], checked["refund_due"]) == ("cancelled", 0, 10_000)
        in_cash = [{"method": "cash", "amount": 10_000}]
        given = refund(desk.shop, order["id"], declined=True, tenders=in_cash).json

        assert (given["status"], given["paid"], "refund_due" in given) == ("cancelled", 0, False)

    def test_what_was_declined_is_given_back_by_itself(self, desk: Desk) -> None:
        assert refund(desk.shop, desk.order(), declined=True, amount=5).status == 422

    def test_the_schedule_asks_for_what_is_pending(self, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
        order = self.paid(desk, "refund_timeout")
        refund(desk.shop, order["id"], amount=4_000)

        set_clock(monkeypatch, A_MINUTE_LATER)
        settle()

        assert tenders(desk.get(order["id"])) == [("card", 4_000, "completed")]
