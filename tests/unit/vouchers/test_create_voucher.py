"""create_voucher, and what vouchers pay"""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from orders import cancel_order, create_order
from payments import create_payment, void_payment
from tests.support.contract import assert_happens_once, assert_needs, assert_refuses_what_is_no_body, events_of
from tests.support.samples import sample
from tests.support.shop import Shop, send
from tests.unit.orders.till import calls_one_at_a_time, custom, set_clock, stored
from tests.unit.vouchers.desk import balance, buy, issue, ledger
from vouchers import create_voucher


class TestIssuing:
    def test_the_sample_event_issues_a_voucher(self, shop: Shop) -> None:
        reply = send(create_voucher.handler, sample("vouchers", "create_voucher", shop))

        assert reply.status == 201
        made = reply.json
        assert (made["code"], made["currency"], made["amount"], made["balance"]) == (
            "GIFT-2026-SAMPLE",
            "IDR",
            100_000,
            100_000,
        )
        [event] = events_of(shop, made["id"])
        assert (event["type"], event["data"]) == ("voucher.created", made)
        assert ledger(shop, "gift-2026-sample") == [("issued", 100_000)]

    def test_a_code_that_nobody_chose_cannot_be_guessed(self, shop: Shop) -> None:
        codes = {issue(shop) for _ in range(5)}

        assert len(codes) == 5
        assert all(len(code.replace("-", "")) == 16 for code in codes)

    def test_a_code_is_one_vouchers(self, shop: Shop) -> None:
        issue(shop, code="BIRTHDAY-1")

        reply = shop.call(create_voucher.handler, {"amount": 1, "code": "birthday-1"})
        assert (reply.status, reply.code, reply.pointers) == (422, "voucher.code_taken", ["/code"])
        assert issue(Shop.open(), code="BIRTHDAY-1") == "BIRTHDAY-1"

    @pytest.mark.parametrize(
        ("code", "pointer", "fields"),
        [
            ("request.invalid", "/amount", {"amount": 0}),
            ("request.invalid", "/code", {"code": "short"}),
            ("request.invalid", "/code", {"code": "WITH SPACE"}),
            ("voucher.expires_at_invalid", "/expires_at", {"expires_at": "2020-01-01T00:00:00Z"}),
            ("customer.unknown", "/customer_id", {"customer_id": "cus_none00"}),
        ],
    )
    def test_what_is_no_voucher_is_refused(self, shop: Shop, code: str, pointer: str, fields: Any) -> None:
        before = stored()

        reply = shop.call(create_voucher.handler, {"amount": 5_000, **fields})

        assert (reply.status, reply.code, reply.pointers) == (422, code, [pointer])
        assert stored() == before

    def test_it_keeps_the_promises_of_every_write(self, shop: Shop) -> None:
        assert_needs("vouchers:write", shop, create_voucher.handler, {"amount": 5_000})
        assert_happens_once(shop, create_voucher.handler, {"amount": 5_000}, {"amount": 6_000})
        assert_refuses_what_is_no_body(shop, create_voucher.handler)


class TestPaying:
    def test_it_pays_in_the_orders_own_transaction(self, shop: Shop) -> None:
        code = issue(shop, 8_000)

        sold = buy(shop, code.lower(), 6_000)

        assert (sold.status, sold.json["payment_status"]) == (201, "paid")
        assert balance(shop, code) == 2_000
        assert ledger(shop, code) == [("issued", 8_000), ("redeemed", -6_000)]
        told = [event["type"] for event in events_of(shop, sold.json["id"])]
        assert told == ["order.created", "order.completed", "payment.created", "payment.created", "voucher.updated"]

    def test_it_pays_what_is_due_later_and_a_void_gives_it_back(self, shop: Shop) -> None:
        code = issue(shop)
        order = buy(shop, code, 1, total=10_000, payments=[], complete=False).json
        paid = shop.call(
            create_payment.handler, {"method": "voucher", "amount": 4_000, "reference": code}, id=order["id"]
        )
        assert paid.status == 200, paid.text
        assert balance(shop, code) == 6_000

        path = {"id": order["id"], "payment_id": paid.json["payments"][0]["id"]}
        assert shop.call(void_payment.handler, {"reason": "Keeps it"}, path=path).status == 200

        assert balance(shop, code) == 10_000
        assert ledger(shop, code)[-1] == ("given_back", 4_000)

    def test_a_cancelled_order_gives_it_back(self, shop: Shop) -> None:
        code = issue(shop)
        order = buy(shop, code, 10_000).json

        assert shop.call(cancel_order.handler, {"reason": "Left"}, id=order["id"]).status == 200

        assert balance(shop, code) == 10_000

    def test_what_it_has_not_it_does_not_pay(self, shop: Shop) -> None:
        code = issue(shop, 5_000)
        before = stored()

        reply = buy(shop, code, 5_001)

        assert (reply.status, reply.code, reply.pointers) == (409, "voucher.insufficient", ["/payments/0/reference"])
        assert stored() == before

    def test_two_payments_by_one_voucher_count_together(self, shop: Shop) -> None:
        code = issue(shop, 5_000)
        twice = [{"method": "voucher", "amount": 3_000, "reference": code}] * 2

        assert buy(shop, code, 0, total=6_000, payments=twice).code == "voucher.insufficient"
        assert buy(shop, code, 0, total=5_000, payments=[{**one, "amount": 2_500} for one in twice]).status == 201
        assert balance(shop, code) == 0

    @pytest.mark.parametrize("code", ["NO-SUCH-VOUCHER", None])
    def test_a_code_that_is_none_is_refused(self, shop: Shop, code: str | None) -> None:
        payment = {"method": "voucher", "amount": 1_000, **({"reference": code} if code else {})}

        reply = buy(shop, "", 0, payments=[payment])

        assert reply.status == 422
        assert reply.code == ("voucher.unknown" if code else "request.invalid")

    def test_another_merchants_voucher_pays_nothing(self, shop: Shop) -> None:
        assert buy(shop, issue(Shop.open()), 10_000).code == "voucher.unknown"

    def test_an_expired_one_pays_nothing_but_takes_back(self, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
        set_clock(monkeypatch, "2026-11-24T02:00:00Z")
        code = issue(shop, expires_at="2026-11-24T03:00:00Z")
        order = buy(shop, code, 5_000).json
        set_clock(monkeypatch, "2026-11-24T03:00:00Z")

        assert buy(shop, code, 5_000).code == "voucher.expired"
        assert shop.call(cancel_order.handler, {"reason": "Left"}, id=order["id"]).status == 200
        assert balance(shop, code) == 10_000

    def test_an_order_is_paid_by_five_at_most(self, shop: Shop) -> None:
        payments = [{"method": "voucher", "amount": 100, "reference": issue(shop)} for _ in range(6)]
        payments.append({"method": "cash", "amount": 9_400})

        assert buy(shop, "", 0, payments=payments).code == "voucher.too_many"

    def test_a_repeated_sale_takes_it_once(self, shop: Shop) -> None:
        code = issue(shop)
        headers = {"Idempotency-Key": "sale-1"}
        body = {
            "location_id": shop.location_id,
            "lines": [custom(4_000)],
            "payments": [{"method": "voucher", "amount": 4_000, "reference": code}],
        }
        first, again = (shop.call(create_order.handler, body, headers=headers) for _ in range(2))

        assert first.text == again.text
        assert balance(shop, code) == 6_000

    def test_sales_that_meet_at_one_voucher_never_take_more_than_it_has(
        self, shop: Shop, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        code = issue(shop, 10_000)
        calls_one_at_a_time(monkeypatch)

        with ThreadPoolExecutor(4) as pool:
            replies = list(pool.map(lambda _: buy(shop, code, 3_000, total=3_000), range(4)))

        assert sorted(reply.status for reply in replies) == [201, 201, 201, 409]
        assert balance(shop, code) == 1_000
