"""What a cashier does with a manager's approval: to the order that it is for, once, and on record."""

from typing import Any

import pytest

from orders import (
    add_order_lines,
    cancel_order,
    create_order,
    exchange_order,
    remove_order_line,
    update_order,
    update_order_line,
)
from payments import create_refund, void_payment
from pos import aws
from staff import create_register, update_merchant
from tests.support.shop import Reply, Shop
from tests.unit.orders.till import Till, custom, many_variants, piece, set_clock, small_steps, stored
from tests.unit.staff.approvals import Person, trail

REFUND, VOID, CANCEL = "orders:refund", "payments:void", "orders:cancel"
DISCOUNT, PRICE = "orders:discount", "orders:override_price"
BACK = {"reason": "Cold", "lines": [{"line_id": "lin_1", "quantity": "1"}]}


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """PINs are hashed as they are in test_pins, but here often: at the least cost."""
    monkeypatch.setattr("staff.pins.COST", 2)


@pytest.fixture
def sari(shop: Shop) -> Person:
    """A cashier."""
    return Person.hired(shop)


@pytest.fixture
def dewi(shop: Shop) -> Person:
    """A manager."""
    return Person.hired(shop, "manager")


def sold(till: Till, price: int = 10_000, **fields: Any) -> Any:
    """A completed sale for cash."""
    paid = [{"method": "cash", "amount": price}]
    reply = till.sell(custom(price), payments=paid, complete=True, register_id=till.shop.register_id, **fields)
    assert reply.status == 201, reply.text
    return reply.json


def needed(reply: Reply) -> tuple[str, str, int]:
    """What the refusal says has to be approved."""
    assert (reply.status, reply.code) == (403, "approval.required"), reply.text
    told = reply.json["approval"]
    return told["permission"], told["entity_id"], told["amount"]


class TestRefund:
    def test_a_refusal_says_what_to_ask_for_and_the_approval_does_it(
        self, till: Till, sari: Person, dewi: Person
    ) -> None:
        order = sold(till)
        before = stored()
        refused = sari.call(create_refund.handler, BACK, id=order["id"])
        assert stored() == before

        approval = sari.approved(dewi, *needed(refused))
        reply = sari.call(create_refund.handler, BACK, [approval], id=order["id"])

        assert reply.status == 200, reply.text
        [refund], entry = reply.json["refunds"], reply.json["history"][-1]
        assert (refund["actor"], refund["approved_by"]) == (sari.id, dewi.id)
        assert (entry["actor"], entry["approved_by"], entry["approval_id"]) == (sari.id, dewi.id, approval)

    def test_the_owner_is_told_who_did_it_and_who_approved(self, till: Till, sari: Person, dewi: Person) -> None:
        order = sold(till)
        approval = sari.approved(dewi, REFUND, order["id"], 10_000)
        sari.call(create_refund.handler, BACK, [approval], id=order["id"])

        done, given = trail(till.shop)

        assert (given["action"], given["approval_id"]) == ("approval.created", approval)
        assert (done["action"], done["entity_id"], done["amount"]) == ("order.refunded", order["id"], 10_000)
        assert (done["actor"], done["approved_by"], done["approval_id"]) == (sari.id, dewi.id, approval)
        assert (done["reason"], done["register_id"]) == ("Cold", till.shop.register_id)

    def test_an_approval_serves_once(self, till: Till, sari: Person, dewi: Person) -> None:
        order = sold(till, 20_000)
        approval = sari.approved(dewi, REFUND, order["id"], 20_000)
        half = {"reason": "Cold", "amount": 10_000}
        assert sari.call(create_refund.handler, half, [approval], id=order["id"]).status == 200

        again = sari.call(create_refund.handler, half, [approval], id=order["id"])

        assert needed(again) == (REFUND, order["id"], 10_000)
        assert "used" in again.json["detail"]

    def test_a_repeat_is_answered_as_the_first_time_however_late(
        self, till: Till, sari: Person, dewi: Person, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        set_clock(monkeypatch, "2030-01-01T08:00:00Z")
        order = sold(till)
        approval = sari.approved(dewi, REFUND, order["id"], 10_000)
        key = {"Idempotency-Key": "refund-1"}
        first = sari.call(create_refund.handler, BACK, [approval], id=order["id"], headers=key)

        set_clock(monkeypatch, "2030-01-01T09:00:00Z")
        again = sari.call(create_refund.handler, BACK, [approval], id=order["id"], headers=key)
        without = sari.call(create_refund.handler, BACK, id=order["id"], headers=key)

        assert again.text == without.text == first.text
        assert again.headers["idempotent-replayed"] == without.headers["idempotent-replayed"] == "true"
        assert sorted(entry["action"] for entry in trail(till.shop)) == ["approval.created", "order.refunded"]

    def test_it_is_good_for_nothing_else(
        self, till: Till, sari: Person, dewi: Person, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        set_clock(monkeypatch, "2030-01-01T08:00:00Z")
        order, another = sold(till), sold(till)
        approval = sari.approved(dewi, REFUND, order["id"], 10_000)
        too_small = sari.approved(dewi, REFUND, order["id"], 9_999)
        body = {"name": "Second", "location_id": till.shop.location_id, "code": "R2"}
        elsewhere = Person(till.shop, sari.id, "cashier", till.shop.call(create_register.handler, body).json["id"])
        void_path = {"id": order["id"], "payment_id": order["payments"][0]["id"]}
        before = stored()

        refused = [
            sari.call(create_refund.handler, BACK, [approval], id=another["id"]),
            sari.call(create_refund.handler, BACK, [too_small], id=order["id"]),
            sari.call(create_refund.handler, BACK, ["apv_unknown"], id=order["id"]),
            sari.call(void_payment.handler, {"reason": "x"}, [approval], path=void_path),
            sari.call(cancel_order.handler, {"reason": "x"}, [approval], id=order["id"]),
            elsewhere.call(create_refund.handler, BACK, [approval], id=order["id"]),
            Person.hired(till.shop).call(create_refund.handler, BACK, [approval], id=order["id"]),
        ]
        set_clock(monkeypatch, "2030-01-01T08:05:00Z")
        refused.append(sari.call(create_refund.handler, BACK, [approval], id=order["id"]))

        assert {(reply.status, reply.code) for reply in refused} == {(403, "approval.required")}
        assert stored()["test-orders"] == before["test-orders"]
        set_clock(monkeypatch, "2030-01-01T08:04:59Z")
        assert sari.call(create_refund.handler, BACK, [too_small, approval], id=order["id"]).status == 200

    def test_another_merchants_approval_is_not_there(self, till: Till, sari: Person) -> None:
        other = Till(Shop.open())
        boss = Person.hired(other.shop, "manager")
        order = sold(till)
        theirs = Person.hired(other.shop).approved(boss, REFUND, order["id"], 10_000)

        assert sari.call(create_refund.handler, BACK, [theirs], id=order["id"]).code == "approval.required"

    def test_two_at_the_same_moment_serve_once(
        self, till: Till, sari: Person, dewi: Person, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        order = sold(till, 20_000)
        approval = sari.approved(dewi, REFUND, order["id"], 20_000)
        half = {"reason": "Cold", "amount": 10_000}
        client: Any = aws.dynamodb()
        original, others = client.transact_write_items, []

        def overtaken(**request: Any) -> Any:
            monkeypatch.setattr(client, "transact_write_items", original)
            others.append(sari.call(create_refund.handler, half, [approval], id=order["id"]))
            return original(**request)

        monkeypatch.setattr(client, "transact_write_items", overtaken)
        reply = sari.call(create_refund.handler, half, [approval], id=order["id"])

        assert [others[0].status, reply.status, reply.code] == [200, 403, "approval.required"]

    def test_a_manager_needs_none_and_is_told_of_too(self, till: Till, dewi: Person) -> None:
        order = sold(till)

        assert dewi.call(create_refund.handler, BACK, id=order["id"]).status == 200
        [done] = trail(till.shop)
        assert (done["action"], done["actor"], "approved_by" in done) == ("order.refunded", dewi.id, True)
        assert done["approved_by"] is None

    def test_who_may_not_even_ask_or_is_at_no_register_is_forbidden(self, till: Till) -> None:
        order = sold(till)

        cook = Person.hired(till.shop, "kitchen").call(create_refund.handler, BACK, id=order["id"])
        key = till.shop.call(create_refund.handler, BACK, id=order["id"], permissions="approvals:* orders:write")

        assert cook.code == key.code == "auth.forbidden"

    def test_a_header_that_is_no_list_of_approvals_is_refused(self, till: Till, sari: Person) -> None:
        order = sold(till)

        for header in ("", "kasir_st_x", "apv_1234,", ",".join(["apv_1234"] * 5)):
            reply = sari.call(create_refund.handler, BACK, id=order["id"], headers={"Approval": header})
            assert (reply.status, reply.code) == (400, "request.invalid_approval")


class TestVoid:
    def test_a_payment_is_voided_with_an_approval_of_its_amount(self, till: Till, sari: Person, dewi: Person) -> None:
        order = till.sell(custom(), payments=[{"method": "card", "amount": 6_000}]).json
        path = {"id": order["id"], "payment_id": order["payments"][0]["id"]}

        asked = needed(sari.call(void_payment.handler, {"reason": "Wrong card"}, path=path))
        approval = sari.approved(dewi, *asked)
        reply = sari.call(void_payment.handler, {"reason": "Wrong card"}, [approval], path=path)

        assert asked == (VOID, order["id"], 6_000)
        assert (reply.status, reply.json["paid"]) == (200, 0)
        assert reply.json["history"][-1]["approved_by"] == dewi.id
        done = trail(till.shop)[0]
        assert (done["action"], done["amount"], done["approved_by"]) == ("payment.voided", 6_000, dewi.id)


class TestCancel:
    def test_a_ticket_without_money_is_cancelled_by_who_writes_orders(self, till: Till, sari: Person) -> None:
        order = till.sell(custom()).json

        assert sari.call(cancel_order.handler, {"reason": "Left"}, id=order["id"]).status == 200
        [done] = trail(till.shop)
        assert (done["action"], done["actor"], done["reason"]) == ("order.cancelled", sari.id, "Left")

    @pytest.mark.parametrize("complete", [True, False])
    def test_what_is_paid_takes_an_approval(self, till: Till, sari: Person, dewi: Person, complete: bool) -> None:
        order = till.sell(custom(), payments=[{"method": "cash", "amount": 10_000}], complete=complete).json

        asked = needed(sari.call(cancel_order.handler, {"reason": "Left"}, id=order["id"]))
        reply = sari.call(cancel_order.handler, {"reason": "Left"}, [sari.approved(dewi, *asked)], id=order["id"])

        assert asked == (CANCEL, order["id"], 10_000)
        assert (reply.status, reply.json["status"]) == (200, "cancelled")
        assert trail(till.shop)[0]["approved_by"] == dewi.id

    def test_an_order_that_goes_in_steps_is_told_of_once(
        self, till: Till, sari: Person, dewi: Person, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        small_steps(monkeypatch)
        lines = [piece(id) for id in many_variants(till, 5, stock="9")]
        order = till.sell(*lines, payments=[{"method": "cash", "amount": 500}], complete=True).json
        approval = sari.approved(dewi, CANCEL, order["id"], 500)

        reply = sari.call(cancel_order.handler, {"reason": "Left"}, [approval], id=order["id"])

        assert reply.json["history"][-1]["approved_by"] == dewi.id
        assert [entry["action"] for entry in trail(till.shop)] == ["order.cancelled", "approval.created"]


class TestPrices:
    def test_another_price_takes_an_approval_of_what_it_gives_away(
        self, till: Till, sari: Person, dewi: Person
    ) -> None:
        body = till.body(piece(till.product(10_000), "3", price=8_000), id="ord_sale0001")
        before = stored()

        asked = needed(sari.call(create_order.handler, body))
        assert stored() == before
        reply = sari.call(create_order.handler, body, [sari.approved(dewi, *asked)])

        assert asked == (PRICE, "ord_sale0001", 6_000)
        assert (reply.status, reply.json["total"], reply.json["lines"][0]["list_price"]) == (201, 24_000, 10_000)
        assert [one["action"] for one in reply.json["history"]] == ["created", "price_overridden"]
        assert reply.json["history"][1]["approved_by"] == dewi.id
        assert trail(till.shop)[0]["action"] == "order.price_overridden"

    def test_the_catalogs_own_price_is_none_of_anybodys(self, till: Till, sari: Person) -> None:
        body = till.body(piece(till.product(10_000), price=10_000))

        reply = sari.call(create_order.handler, body)

        assert reply.status == 201
        assert trail(till.shop) == []
        assert "list_price" not in reply.text and "approv" not in reply.text  # a normal sale is as long as ever

    def test_a_line_takes_an_approval_for_its_price_and_for_more_at_that_price(
        self, till: Till, sari: Person, dewi: Person
    ) -> None:
        order = till.sell(piece(till.product(10_000))).json
        path = {"id": order["id"], "line_id": "lin_1"}
        asked = needed(sari.call(update_order_line.handler, {"price": 1}, path=path))
        approval = sari.approved(dewi, *asked)
        assert asked == (PRICE, order["id"], 9_999)
        changed = sari.call(update_order_line.handler, {"price": 1}, [approval], path=path)
        assert changed.status == 200, changed.text

        more = sari.call(update_order_line.handler, {"quantity": "2"}, [approval], path=path)

        assert needed(more) == (PRICE, order["id"], 19_998)
        assert sari.call(update_order_line.handler, {"note": "hot"}, path=path).status == 200
        assert sari.call(update_order_line.handler, {"price": 10_000}, path=path).status == 200
        assert sari.call(update_order_line.handler, {"quantity": "2"}, path=path).json["total"] == 20_000

    def test_an_exchange_takes_an_approval_for_what_comes_back_and_one_for_the_price(
        self, till: Till, sari: Person, dewi: Person
    ) -> None:
        order = sold(till)
        new = till.body(piece(till.product(12_000), price=10_000), id="ord_new00001", complete=True)
        body = {"reason": "Other size", "lines": BACK["lines"], "order": new}
        price = sari.approved(dewi, PRICE, "ord_new00001", 2_000)

        asked = needed(sari.call(exchange_order.handler, body, [price], id=order["id"]))
        back = sari.approved(dewi, *asked)
        reply = sari.call(exchange_order.handler, body, [price, back], id=order["id"])

        assert asked == (REFUND, order["id"], 10_000)
        assert (reply.status, reply.json["id"]) == (201, "ord_new00001")
        told = {entry["action"]: entry for entry in trail(till.shop)}
        assert told["order.exchanged"]["approval_id"] == back
        assert told["order.price_overridden"]["approval_id"] == price


class TestDiscounts:
    @pytest.fixture(autouse=True)
    def limited(self, shop: Shop) -> None:
        body = {"discount_limit_percent": "10", "discount_limit_amount": 5_000}
        assert shop.call(update_merchant.handler, body).status == 200

    def test_up_to_the_limit_they_are_anybodys(self, till: Till, sari: Person) -> None:
        body = till.body(custom(10_005, discounts=[{"percent": "10"}]))
        assert sari.call(create_order.handler, body).status == 201

        assert [entry["action"] for entry in trail(till.shop)] == ["merchant.updated"]

    @pytest.mark.parametrize(
        ("line", "discount", "amount"),
        [
            (custom(10_000, discounts=[{"percent": "11"}]), None, 1_100),
            (custom(10_000), {"amount": 1_001}, 1_001),
            (custom(100_000), {"percent": "6"}, 6_000),
            (custom(10_000, modifiers=[{"name": "Friend", "price": -2_000}]), None, 2_000),
        ],
    )
    def test_above_it_they_take_an_approval(
        self, till: Till, sari: Person, dewi: Person, line: Any, discount: Any, amount: int
    ) -> None:
        body = till.body(line, id="ord_sale0001", discounts=[discount] if discount else [])

        asked = needed(sari.call(create_order.handler, body))
        reply = sari.call(create_order.handler, body, [sari.approved(dewi, *asked)])

        assert asked == (DISCOUNT, "ord_sale0001", amount)
        assert reply.status == 201, reply.text
        done = trail(till.shop)[0]
        assert (done["action"], done["amount"], done["approved_by"]) == ("order.discounted", amount, dewi.id)

    def test_a_manager_gives_more_and_the_owner_is_told(self, till: Till, dewi: Person) -> None:
        body = till.body(custom(10_000), discounts=[{"percent": "50"}])

        assert dewi.call(create_order.handler, body).status == 201
        assert trail(till.shop)[0]["amount"] == 5_000

    def test_an_open_ticket_is_held_to_it_whatever_changes(self, till: Till, sari: Person, dewi: Person) -> None:
        order = till.sell(custom(10_000), custom(10_000)).json["id"]
        third = {"discounts": [{"percent": "30"}]}
        approval = sari.approved(dewi, DISCOUNT, order, 6_000)
        assert sari.call(update_order.handler, third, id=order).code == "approval.required"
        assert sari.call(update_order.handler, third, [approval], id=order).status == 200

        added = sari.call(add_order_lines.handler, {"lines": [custom(10_000)]}, [approval], id=order)
        removed = sari.call(remove_order_line.handler, path={"id": order, "line_id": "lin_2"})

        assert needed(added) == (DISCOUNT, order, 9_000)
        assert (removed.status, removed.json["discount_total"]) == (200, 3_000)
        assert sari.call(update_order.handler, {"name": "Table 7"}, id=order).status == 200

    def test_a_change_that_gives_nothing_by_hand_reads_no_settings(self, till: Till, sari: Person) -> None:
        order = till.sell(custom(10_000)).json["id"]
        seen: list[str] = []
        aws.dynamodb().meta.events.register("before-call.dynamodb", lambda model, **_: seen.append(model.name))

        assert sari.call(update_order.handler, {"tip": 1_000}, id=order).status == 200

        assert seen == ["GetItem", "TransactWriteItems"]

    def test_a_queued_sale_is_approved_when_it_goes_up(self, till: Till, sari: Person, dewi: Person) -> None:
        body = till.body(custom(10_000), id="ord_offline01", discounts=[{"percent": "50"}], complete=True)
        body["payments"] = [{"method": "cash", "amount": 5_000}]
        key = {"Idempotency-Key": "sale-1"}

        asked = needed(sari.call(create_order.handler, body, headers=key))
        first = sari.call(create_order.handler, body, [sari.approved(dewi, *asked)], headers=key)
        again = sari.call(create_order.handler, body, headers=key)

        assert (first.status, again.text) == (201, first.text)
