"""create_payment"""

from concurrent.futures import ThreadPoolExecutor

import pytest

from orders import update_order_status
from payments import create_payment, qris
from staff import create_location, create_register, update_merchant
from tests.support.contract import assert_needs, assert_refuses_what_is_no_body, events_of
from tests.support.samples import sample
from tests.support.shop import Shop, send
from tests.unit.orders.till import at_each_transaction, calls_one_at_a_time, set_clock, stored
from tests.unit.payments.desk import A_MINUTE_LATER, Desk, figures, ledger, states


class TestTaking:
    def test_the_sample_event_pays_and_completes(self, desk: Desk) -> None:
        order_id = desk.order()

        reply = send(create_payment.handler, sample("payments", "create_payment", desk.shop, id=order_id))

        assert reply.status == 200
        assert reply.json["status"] == "completed"
        assert figures(reply.json) == ("paid", 10_000, 0, 0)
        [payment] = reply.json["payments"]
        assert (payment["tendered"], payment["change"], payment["actor"]) == (20_000, 10_000, "key_sample")

    def test_parts_by_several_methods_pay_together(self, desk: Desk) -> None:
        order_id = desk.order()

        first = desk.pay(order_id, "card", 4_000).json
        second = desk.pay(order_id, "transfer", 5_000, reference="BCA 77").json
        third = desk.pay(order_id, "cash", 1_000, tendered=2_000).json

        assert figures(first) == ("partly_paid", 4_000, 0, 6_000)
        assert figures(second) == ("partly_paid", 9_000, 0, 1_000)
        assert figures(third) == ("paid", 10_000, 0, 0)
        assert third["change"] == 1_000
        assert len({payment["id"] for payment in third["payments"]}) == 3
        assert third["status"] == "open"

    def test_the_last_coins_round_the_cash_part_and_only_that(self, desk: Desk) -> None:
        desk.shop.call(update_merchant.handler, {"cash_rounding_step": 100})
        order_id = desk.order(9_960)

        desk.pay(order_id, "card", 5_000)
        paid = desk.pay(order_id, "cash", 4_960, tendered=10_000).json

        assert figures(paid) == ("paid", 10_000, 0, 0)
        assert (paid["cash_rounding"], paid["change"], paid["payments"][1]["amount"]) == (40, 5_000, 5_000)

    def test_an_orders_own_policy_holds_whatever_the_merchants_is_by_now(self, desk: Desk) -> None:
        order_id = desk.order(9_960)
        desk.shop.call(update_merchant.handler, {"cash_rounding_step": 100})

        assert desk.pay(order_id, "cash", 9_960).json["cash_rounding"] == 0

    def test_a_completed_order_on_account_is_paid_later(self, desk: Desk) -> None:
        order_id = desk.order(complete=True)

        paid = desk.pay(order_id, "transfer", complete=True).json

        assert (paid["status"], *figures(paid)) == ("completed", "paid", 10_000, 0, 0)

    def test_it_completes_only_what_is_paid_whole(self, desk: Desk) -> None:
        order_id = desk.order()

        assert desk.pay(order_id, "card", 4_000, complete=True).json["status"] == "open"
        done = desk.pay(order_id, "card", 6_000, complete=True).json
        assert (done["status"], done["business_date"]) == ("completed", "2026-11-24")
        assert done["history"][-1]["action"] == "completed"

    def test_it_is_told_of_with_the_order(self, desk: Desk) -> None:
        order_id = desk.order()

        paid = desk.pay(order_id, "cash", complete=True).json

        told = events_of(desk.shop, order_id)[1:]
        assert [event["type"] for event in told] == ["order.status_updated", "order.completed", "payment.created"]
        assert told[2]["data"].items() >= paid["payments"][0].items()
        assert told[2]["data"]["order_id"] == order_id
        assert desk.pay(desk.order(), "card", 1).status == 200

    def test_money_taken_at_another_till_of_the_place_is_that_tills(self, desk: Desk) -> None:
        body = {"location_id": desk.shop.location_id, "name": "Second", "code": "R2"}
        second = desk.shop.call(create_register.handler, body).json["id"]
        order_id = desk.order(register_id=desk.shop.register_id)

        own = desk.pay(order_id, "card", 1).json["payments"][-1]
        others = desk.pay(order_id, "card", 1, register_id=second).json["payments"][-1]

        assert (own["register_id"], others["register_id"]) == (desk.shop.register_id, second)


class TestRefusals:
    @pytest.mark.parametrize("method", ["card", "qris", "transfer", "other"])
    def test_more_than_is_due_is_refused(self, desk: Desk, method: str) -> None:
        order_id = desk.order()
        desk.pay(order_id, "card", 4_000)
        before = stored()

        reply = desk.pay(order_id, method, 6_001)

        assert (reply.status, reply.code, reply.pointers) == (422, "payment.overpaid", ["/amount"])
        assert stored() == before

    def test_cash_above_what_is_due_is_change(self, desk: Desk) -> None:
        paid = desk.pay(desk.order(), "cash", 15_000).json

        assert (paid["paid"], paid["change"]) == (10_000, 5_000)

    def test_nothing_is_taken_for_what_is_paid(self, desk: Desk) -> None:
        order_id = desk.order()
        desk.pay(order_id)

        for method in ("cash", "card"):
            reply = desk.pay(order_id, method, 1)
            assert (reply.status, reply.code, reply.pointers) == (422, "payment.overpaid", ["/amount"])

    def test_reserved_money_takes_no_second_place(self, desk: Desk) -> None:
        order_id = desk.order()
        held = desk.ask(order_id, 6_000, capture=False).json
        assert figures(held) == ("unpaid", 0, 6_000, 10_000)

        assert desk.pay(order_id, "card", 4_001).code == "payment.overpaid"
        assert figures(desk.pay(order_id, "cash", 9_999, tendered=9_999).json) == ("partly_paid", 4_000, 6_000, 6_000)

    def test_a_cancelled_order_takes_none(self, desk: Desk) -> None:
        order_id = desk.order()
        desk.cancel(order_id)

        reply = desk.pay(order_id)

        assert (reply.status, reply.code) == (409, "order.not_payable")

    def test_completing_what_is_still_prepared_is_refused_before_money_is_taken(self, desk: Desk) -> None:
        order_id = desk.order()
        desk.shop.call(update_order_status.handler, {"status": "preparing"}, id=order_id)

        reply = desk.pay(order_id, "cash", complete=True)

        assert (reply.status, reply.code) == (409, "order.illegal_transition")
        assert desk.get(order_id)["payments"] == []

    @pytest.mark.parametrize(
        ("body", "code", "pointer"),
        [
            ({"amount": 0}, "request.invalid", "/amount"),
            ({"amount": -5}, "request.invalid", "/amount"),
            ({"amount": 1.5}, "request.invalid", "/amount"),
            ({"amount": 2**53}, "request.invalid", "/amount"),
            ({"method": "gold"}, "request.invalid", "/method"),
            ({"tendered": 20_000}, "request.invalid", ""),
            ({"provider": "acme"}, "provider.unknown", "/provider"),
            ({"register_id": "reg_nowhere"}, "register.unknown", "/register_id"),
            ({"method": "cash", "provider": "simulated"}, "payment.immediate", "/provider"),
            ({"method": "cash", "capture": False}, "payment.immediate", "/capture"),
            ({"method": "qris", "capture": False}, "qris.not_set_up", "/method"),
        ],
    )
    def test_bad_input_is_refused_by_its_field(
        self, desk: Desk, body: dict[str, object], code: str, pointer: str
    ) -> None:
        order_id = desk.order()
        before = stored()

        reply = desk.shop.call(create_payment.handler, {"method": "card", "amount": 10_000, **body}, id=order_id)

        assert (reply.status, reply.code, reply.pointers) == (422, code, [pointer])
        assert stored() == before

    def test_a_register_of_another_place_is_refused(self, desk: Desk) -> None:
        place = desk.shop.call(create_location.handler, {"name": "There"}).json["id"]
        there = desk.shop.call(create_register.handler, {"location_id": place, "name": "X", "code": "X9"}).json["id"]

        reply = desk.pay(desk.order(), register_id=there)

        assert (reply.code, reply.pointers) == ("register.elsewhere", ["/register_id"])

    def test_the_simulated_provider_is_not_there_where_the_stack_does_not_allow_it(
        self, desk: Desk, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("ALLOW_SIMULATED_PROVIDER", "false")

        assert desk.ask(desk.order()).code == "provider.unknown"

    def test_what_is_no_body_is_refused(self, desk: Desk) -> None:
        assert_refuses_what_is_no_body(desk.shop, create_payment.handler, id=desk.order())

    def test_it_needs_its_permission(self, desk: Desk) -> None:
        assert_needs(
            "payments:write", desk.shop, create_payment.handler, {"method": "card", "amount": 1}, id=desk.order()
        )

    def test_another_merchants_order_does_not_exist(self, desk: Desk) -> None:
        order_id = desk.order()

        reply = Desk(Shop.open()).pay(order_id)

        assert (reply.status, reply.code) == (404, "order.not_found")


class TestOnce:
    def test_the_repeat_of_a_request_takes_nothing_more(self, desk: Desk) -> None:
        order_id = desk.order()
        first = desk.pay(order_id, "card", 4_000, headers={"Idempotency-Key": "k"})
        before = stored()

        again = desk.pay(order_id, "card", 4_000, headers={"Idempotency-Key": "k"})
        other = desk.pay(order_id, "card", 4_001, headers={"Idempotency-Key": "k"})

        assert (again.status, again.text) == (200, first.text)
        assert (other.status, other.code) == (422, "idempotency.mismatch")
        assert stored() == before

    def test_the_repeat_of_one_through_a_provider_is_answered_what_was_known_first(self, desk: Desk) -> None:
        order_id = desk.order()
        assert states(desk.ask(order_id, headers={"Idempotency-Key": "k"}).json) == ["captured"]

        again = desk.ask(order_id, headers={"Idempotency-Key": "k"}).json

        assert states(again) == ["pending"]
        assert states(desk.check(order_id, again["payments"][0]["id"]).json) == ["captured"]
        assert len(ledger()) == 1

    def test_a_stale_version_is_refused(self, desk: Desk) -> None:
        order_id = desk.order()
        desk.pay(order_id, "card", 1)

        assert desk.pay(order_id, "card", 1, headers={"If-Match": '"1"'}).status == 412
        assert desk.pay(order_id, "card", 1, headers={"If-Match": '"2"'}).status == 200

    def test_who_is_overtaken_pays_what_is_left_then(self, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
        order_id, others = desk.order(), [6_000]

        def overtake() -> None:
            if others:
                desk.pay(order_id, "card", others.pop())

        at_each_transaction(monkeypatch, before=overtake)

        paid = desk.pay(order_id, "cash", 10_000).json

        assert [payment["amount"] for payment in paid["payments"]] == [6_000, 4_000]
        assert (paid["paid"], paid["change"]) == (10_000, 6_000)

    def test_payments_at_the_same_moment_never_pay_more_than_it_costs(
        self, desk: Desk, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        order_id = desk.order()
        calls_one_at_a_time(monkeypatch)

        with ThreadPoolExecutor(6) as tills:
            replies = list(tills.map(lambda _: desk.ask(order_id, 3_000), range(6)))

        assert sorted(reply.status for reply in replies) == [200] * 3 + [422] * 3
        assert figures(desk.get(order_id)) == ("partly_paid", 9_000, 0, 1_000)
        assert list(ledger().values()) == ["captured"] * 3


class TestProviders:
    def test_what_is_taken_at_once_is_captured(self, desk: Desk) -> None:
        paid = desk.ask(desk.order(), complete=True).json

        assert (paid["status"], *figures(paid)) == ("completed", "paid", 10_000, 0, 0)
        [payment] = paid["payments"]
        assert payment["status"] == "captured"
        assert payment["provider_reference"] == "sim_" + payment["id"].removeprefix("pay_")
        assert "asked" not in payment

    def test_each_step_is_told_of(self, desk: Desk) -> None:
        order_id = desk.order()
        desk.ask(order_id)

        told = [event for event in events_of(desk.shop, order_id) if event["entity"]["type"] == "payment"]
        assert [(event["type"], event["data"]["status"], event["entity"]["version"]) for event in told] == [
            ("payment.created", "pending", 1),
            ("payment.updated", "captured", 2),
        ]

    def test_a_decline_frees_what_was_reserved(self, desk: Desk) -> None:
        order_id = desk.order()

        declined = desk.ask(order_id, says="decline", complete=True).json

        assert (declined["status"], *figures(declined)) == ("open", "unpaid", 0, 0, 10_000)
        assert declined["payments"][0]["declined_because"] == "refused by the bank"
        assert figures(desk.ask(order_id).json) == ("paid", 10_000, 0, 0)

    @pytest.mark.parametrize("says", ["timeout", "lost", "late"])
    def test_an_unknown_outcome_is_pending_and_keeps_its_place(self, desk: Desk, says: str) -> None:
        order_id = desk.order()

        reply = desk.ask(order_id, says=says)

        assert reply.status == 200
        assert states(reply.json) == ["pending"]
        assert figures(reply.json) == ("unpaid", 0, 10_000, 10_000)
        assert desk.pay(order_id, "card", 1).code == "payment.overpaid"

    def test_an_answer_after_the_order_was_cancelled_is_voided_there(
        self, desk: Desk, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        order_id, transactions = desk.order(), []

        def overtake() -> None:
            transactions.append(1)
            if len(transactions) == 3:  # pending is written, the provider has taken it
                assert desk.cancel(order_id).status == 200

        at_each_transaction(monkeypatch, before=overtake)

        reply = desk.ask(order_id).json

        assert (reply["status"], states(reply)) == ("cancelled", ["voided"])
        assert "asked" not in reply["payments"][0]
        assert list(ledger().values()) == ["voided"]


class TestQris:
    def test_a_code_with_the_amount_waits_for_the_cashiers_word(self, desk: Desk) -> None:
        desk.set_up_qris()
        order_id = desk.order(register_id=desk.shop.register_id)

        waiting = desk.pay(order_id, "qris", capture=False).json

        [payment] = waiting["payments"]
        assert (payment["status"], *figures(waiting)) == ("pending", "unpaid", 0, 10_000, 10_000)
        objects = dict(qris.opened(payment["qr_payload"]))
        assert (objects["01"], objects["54"], objects["59"]) == ("12", "10000", "TOKO SAMPEL")
        labels = dict(qris.parse(objects["62"]))
        assert labels["01"] == waiting["number"]
        assert payment["id"].endswith(labels["05"])

    def test_one_through_a_provider_is_settled_by_it(self, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
        desk.set_up_qris()
        order_id = desk.order()
        waiting = desk.pay(order_id, "qris", provider="simulated", reference="simulate:late").json
        payment = waiting["payments"][0]
        assert (payment["status"], "qr_payload" in payment) == ("pending", True)

        set_clock(monkeypatch, A_MINUTE_LATER)

        assert figures(desk.check(order_id, payment["id"]).json) == ("paid", 10_000, 0, 0)

    def test_what_a_customer_paid_by_the_printed_code_is_captured_at_once(self, desk: Desk) -> None:
        paid = desk.pay(desk.order(), "qris", reference="RRN 1").json

        assert states(paid) == ["captured"]
        assert "qr_payload" not in paid["payments"][0]

    def test_it_pays_rupiah_only(self, aws: None) -> None:
        desk = Desk(Shop.open(currency="USD"))
        desk.set_up_qris()

        reply = desk.pay(desk.order(), "qris", capture=False)

        assert (reply.status, reply.code, reply.pointers) == (422, "qris.currency", ["/method"])

    def test_its_amount_has_the_decimals_that_the_merchant_keeps(self, desk: Desk) -> None:
        assert desk.shop.call(update_merchant.handler, {"minor_units": 2}).status == 200
        desk.set_up_qris()

        waiting = desk.pay(desk.order(1_050), "qris", 1_050, capture=False).json

        assert dict(qris.opened(waiting["payments"][0]["qr_payload"]))["54"] == "10.50"
