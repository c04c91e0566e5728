"""Customers on orders: their purchase history, and the points that orders earn and redeem."""

import itertools
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from customers import adjust_points, delete_customer, erase_customer
from customers import store as customers
from orders import list_orders, loyalty, merge_orders, split_order, update_order
from orders.models import Order, Refund, RefundTender
from payments import create_payment, void_payment
from pos import dynamo
from tests.support.contract import all_pages, events_of
from tests.support.shop import Reply, Shop
from tests.unit.customers.people import add_customer
from tests.unit.customers.points import adjust, balance, ledger, start_program
from tests.unit.orders.till import Till, custom, drafts, many_variants, piece, small_steps


def points(amount: int) -> Any:
    """A payment by points."""
    return {"method": "points", "amount": amount}


def cash(amount: int) -> Any:
    return {"method": "cash", "amount": amount}


def causes(shop: Shop, customer: Any) -> list[tuple[str, int]]:
    """What changed a customer's points, oldest first."""
    return [(entry["type"], entry["points"]) for entry in reversed(ledger(shop, customer))]


@pytest.fixture
def siti(shop: Shop) -> Any:
    """A customer of a shop where 10 000 earn a point, which is worth 100."""
    start_program(shop)
    return add_customer(shop, name="Siti")


# --- whose order it is ------------------------------------------------------------------------------------------------


def test_a_customers_purchase_history_is_listed_newest_first(till: Till) -> None:
    siti, budi = add_customer(till.shop, name="Siti"), add_customer(till.shop, name="Budi")
    bought = [till.sell(custom(), customer_id=siti["id"], complete=True).json for _ in range(3)]
    till.sell(custom(), customer_id=budi["id"])
    till.sell(custom())

    listed = all_pages(till.shop, list_orders.handler, limit=2, customer_id=siti["id"])

    assert {order["id"] for order in listed} == {order["id"] for order in bought}
    assert [order["created_at"] for order in listed] == sorted((one["created_at"] for one in bought), reverse=True)
    assert {order["customer_id"] for order in listed} == {siti["id"]}


def test_nobody_elses_history_is_listed(till: Till) -> None:
    other = Till(Shop.open())
    siti = add_customer(other.shop)
    other.sell(custom(), customer_id=siti["id"])

    assert all_pages(till.shop, list_orders.handler, limit=10, customer_id=siti["id"]) == []


def test_a_history_is_not_listed_by_status(till: Till) -> None:
    reply = till.shop.call(list_orders.handler, query={"customer_id": "cus_sample", "active": "true"})

    assert (reply.status, reply.pointers) == (422, ["?active"])


def test_an_order_is_of_a_customer_that_there_is(till: Till) -> None:
    deleted, foreign = add_customer(till.shop), add_customer(Shop.open())
    till.shop.call(delete_customer.handler, id=deleted["id"])
    order = till.sell(custom()).json

    for id in ("cus_none", deleted["id"], foreign["id"]):
        for reply in (
            till.sell(custom(), customer_id=id),
            till.preview(custom(), customer_id=id),
            till.shop.call(update_order.handler, {"customer_id": id}, id=order["id"]),
        ):
            assert (reply.status, reply.code, reply.pointers) == (422, "customer.unknown", ["/customer_id"])
    assert till.get(order["id"]).json == order


def test_an_open_order_gets_another_customer_or_none(till: Till) -> None:
    siti, budi = add_customer(till.shop, name="Siti"), add_customer(till.shop, name="Budi")
    order = till.sell(custom(), customer_id=siti["id"]).json

    for customer_id in (budi["id"], None):
        changed = till.shop.call(update_order.handler, {"customer_id": customer_id}, id=order["id"])
        assert (changed.status, changed.json["customer_id"]) == (200, customer_id)
    assert all_pages(till.shop, list_orders.handler, limit=10, customer_id=siti["id"]) == []


def test_who_is_erased_stays_on_the_orders_by_id_only(till: Till) -> None:
    siti = add_customer(till.shop, name="Siti")
    order = till.sell(custom(), customer_id=siti["id"]).json

    till.shop.call(erase_customer.handler, id=siti["id"])

    assert all_pages(till.shop, list_orders.handler, limit=10, customer_id=siti["id"]) == [order]
    assert "Siti" not in till.get(order["id"]).text


# --- earning ----------------------------------------------------------------------------------------------------------


def test_a_sale_earns_when_it_is_completed(till: Till, siti: Any) -> None:
    order = till.sell(custom(25_000), customer_id=siti["id"]).json
    assert balance(till.shop, siti) == 0

    done = till.move(order["id"], "completed").json

    assert (balance(till.shop, siti), done["loyalty"]["points_earned"]) == (2, 2)
    [entry] = ledger(till.shop, siti)
    assert (entry["type"], entry["order_id"], entry["actor"]) == ("earned", order["id"], "key_test")
    assert events_of(till.shop, order["id"])[-1]["data"]["loyalty"]["points_earned"] == 2


def test_a_sale_that_is_completed_at_once_earns_at_once(till: Till, siti: Any) -> None:
    order = till.sell(custom(25_000), customer_id=siti["id"], complete=True).json

    assert (balance(till.shop, siti), order["loyalty"]["points_earned"]) == (2, 2)


def test_a_tip_earns_nothing(till: Till, siti: Any) -> None:
    till.sell(custom(9_000), customer_id=siti["id"], tip=5_000, complete=True)

    assert balance(till.shop, siti) == 0


def test_a_sale_that_is_repeated_earns_once(till: Till, siti: Any) -> None:
    for _ in range(2):
        till.sell(custom(25_000), customer_id=siti["id"], complete=True, headers={"Idempotency-Key": "k"})

    assert balance(till.shop, siti) == 2


def test_nothing_is_earned_without_a_customer_or_a_program(till: Till) -> None:
    siti = add_customer(till.shop)

    order = till.sell(custom(25_000), customer_id=siti["id"], complete=True).json

    assert (balance(till.shop, siti), order.get("loyalty")) == (0, None)
    start_program(till.shop)
    assert till.sell(custom(25_000), complete=True).json.get("loyalty") is None
    start_program(till.shop, enabled=False)
    till.sell(custom(25_000), customer_id=siti["id"], complete=True)
    assert balance(till.shop, siti) == 0


def test_an_order_keeps_the_terms_that_it_was_made_under(till: Till, siti: Any) -> None:
    order = till.sell(custom(20_000), customer_id=siti["id"]).json
    start_program(till.shop, earn_points=50)

    till.move(order["id"], "completed")
    assert balance(till.shop, siti) == 2
    till.cancel(order["id"])
    assert causes(till.shop, siti) == [("earned", 2), ("taken_back", -2)]


def test_who_gets_the_order_gets_the_points(till: Till, siti: Any) -> None:
    order = till.sell(custom(20_000)).json
    till.shop.call(update_order.handler, {"customer_id": siti["id"]}, id=order["id"])

    till.move(order["id"], "completed")

    assert balance(till.shop, siti) == 2


def test_what_is_split_off_earns_for_the_same_customer(till: Till, siti: Any) -> None:
    order = till.sell(custom(20_000), custom(30_000), customer_id=siti["id"]).json
    part = till.shop.call(split_order.handler, {"lines": [{"line_id": "lin_2", "quantity": "1"}]}, id=order["id"]).json

    till.move(part["id"], "completed")
    assert balance(till.shop, siti) == 3
    till.move(order["id"], "completed")
    assert balance(till.shop, siti) == 5


# --- taking back ------------------------------------------------------------------------------------------------------


def test_a_cancelled_sale_earned_nothing(till: Till, siti: Any) -> None:
    order = till.sell(custom(25_000), customer_id=siti["id"], complete=True).json

    cancelled = till.cancel(order["id"]).json

    assert (balance(till.shop, siti), cancelled["loyalty"]["points_earned"]) == (0, 0)
    assert causes(till.shop, siti) == [("earned", 2), ("taken_back", -2)]


def test_what_is_spent_already_cannot_be_taken_back_and_is_written_down(till: Till, siti: Any) -> None:
    order = till.sell(custom(100_000), customer_id=siti["id"], complete=True).json
    adjust(till.shop, siti, -7)

    cancelled = till.cancel(order["id"]).json

    assert balance(till.shop, siti) == 0
    assert (ledger(till.shop, siti)[0]["points"], ledger(till.shop, siti)[0]["shortfall"]) == (-3, 7)
    kept = cancelled["loyalty"]
    assert (kept["points_earned"], kept["points_short"]) == (0, 7)


def test_points_spent_at_the_moment_of_taking_back_are_not_taken_twice(
    till: Till, siti: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = till.sell(custom(100_000), customer_id=siti["id"], complete=True).json
    real, first = customers.points_writes, itertools.count()

    def meanwhile(*args: Any) -> Any:
        if next(first) == 0:
            adjust(till.shop, siti, -7)
        return real(*args)

    monkeypatch.setattr(customers, "points_writes", meanwhile)

    assert till.cancel(order["id"]).json["loyalty"]["points_short"] == 7
    assert balance(till.shop, siti) == 0


# --- redeeming --------------------------------------------------------------------------------------------------------


def test_points_pay_and_what_they_pay_earns_nothing(till: Till, siti: Any) -> None:
    adjust(till.shop, siti, 100)

    order = till.sell(
        custom(25_000), customer_id=siti["id"], payments=[points(10_000), cash(15_000)], complete=True
    ).json

    assert (order["payment_status"], order["paid"]) == ("paid", 25_000)
    assert sorted(causes(till.shop, siti)) == [("adjusted", 100), ("earned", 1), ("redeemed", -100)]
    assert balance(till.shop, siti) == 1
    assert (order["loyalty"]["points_redeemed"], order["loyalty"]["points_earned"]) == (100, 1)


def test_points_that_are_not_there_do_not_pay_for_a_sale_that_earned_some(till: Till, siti: Any) -> None:
    order = till.sell(custom(100_000), customer_id=siti["id"], complete=True).json
    assert balance(till.shop, siti) == 10

    refused = till.shop.call(create_payment.handler, points(20_000), id=order["id"])

    assert (refused.status, refused.code) == (409, "points.insufficient")
    assert till.get(order["id"]).json == order


def test_points_that_are_not_there_pay_nothing(till: Till, siti: Any) -> None:
    adjust(till.shop, siti, 99)

    # What the sale itself would earn cannot pay for it.
    reply = till.sell(custom(25_000), customer_id=siti["id"], payments=[cash(5_000), points(10_000)], complete=True)

    assert (reply.status, reply.code, reply.pointers) == (409, "points.insufficient", ["/payments/1/amount"])
    assert balance(till.shop, siti) == 99
    assert all_pages(till.shop, list_orders.handler, limit=10) == []


@pytest.mark.parametrize(
    ("terms", "amount", "code", "pointer"),
    [
        ({}, 10_050, "points.not_whole", "/payments/0/amount"),
        ({"min_redeem": 50}, 4_900, "points.too_few", "/payments/0/amount"),
        ({"enabled": False}, 10_000, "points.unavailable", "/payments/0/method"),
    ],
)
def test_points_pay_by_the_rules_of_the_program(till: Till, terms: Any, amount: int, code: str, pointer: str) -> None:
    start_program(till.shop, **terms)
    siti = add_customer(till.shop)
    adjust(till.shop, siti, 1000)

    for reply in (
        till.sell(custom(25_000), customer_id=siti["id"], payments=[points(amount)]),
        till.preview(custom(25_000), customer_id=siti["id"], payments=[points(amount)]),
    ):
        assert (reply.status, reply.code, reply.pointers) == (422, code, [pointer])


def test_points_pay_for_their_owner_only(till: Till, siti: Any) -> None:
    reply = till.sell(custom(25_000), payments=[points(10_000)])

    assert (reply.status, reply.code, reply.pointers) == (422, "points.unavailable", ["/payments/0/method"])


def test_points_of_a_cancelled_sale_are_given_back(till: Till, siti: Any) -> None:
    adjust(till.shop, siti, 100)
    order = till.sell(custom(25_000), customer_id=siti["id"], payments=[points(10_000)]).json
    assert balance(till.shop, siti) == 0

    cancelled = till.cancel(order["id"]).json

    assert (balance(till.shop, siti), cancelled["loyalty"]["points_redeemed"]) == (100, 0)
    assert causes(till.shop, siti)[-1] == ("given_back", 100)


def test_an_order_that_points_pay_for_stays_their_owners(till: Till, siti: Any) -> None:
    adjust(till.shop, siti, 100)
    order = till.sell(custom(25_000), customer_id=siti["id"], payments=[points(10_000)]).json
    other = till.sell(custom(25_000)).json

    changed = till.shop.call(update_order.handler, {"customer_id": None}, id=order["id"])
    merged = till.shop.call(merge_orders.handler, {"from_order_id": order["id"]}, id=other["id"])

    for reply in (changed, merged):
        assert (reply.status, reply.code) == (409, "order.points_redeemed")
    assert till.shop.call(update_order.handler, {"customer_id": siti["id"], "note": "x"}, id=order["id"]).status == 200


def test_points_pay_for_an_order_that_there_is(till: Till, siti: Any) -> None:
    adjust(till.shop, siti, 100)
    order = till.sell(custom(25_000), customer_id=siti["id"]).json

    def pay(amount: int) -> Reply:
        return till.shop.call(create_payment.handler, points(amount), id=order["id"])

    assert (pay(10_050).code, pay(10_050).pointers) == ("points.not_whole", ["/amount"])
    assert pay(10_000).json["loyalty"]["points_redeemed"] == 100
    assert balance(till.shop, siti) == 0
    assert (pay(100).status, pay(100).code) == (409, "points.insufficient")
    till.move(order["id"], "completed")
    assert causes(till.shop, siti)[-1] == ("earned", 1)


def test_a_voided_payment_gives_points_back_and_earns_what_it_did_not(till: Till, siti: Any) -> None:
    adjust(till.shop, siti, 100)
    order = till.sell(custom(25_000), customer_id=siti["id"], payments=[points(10_000)], complete=True).json
    payment = order["payments"][0]

    path = {"id": order["id"], "payment_id": payment["id"]}
    voided = till.shop.call(void_payment.handler, {"reason": "Pays in cash"}, path=path)

    assert voided.status == 200, voided.text
    assert (voided.json["loyalty"]["points_redeemed"], voided.json["loyalty"]["points_earned"]) == (0, 2)
    assert balance(till.shop, siti) == 102


def test_of_two_sales_at_one_moment_one_is_paid_by_the_same_points(
    till: Till, siti: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    adjust(till.shop, siti, 100)
    real, replies = dynamo.commit, []

    def meanwhile(writes: Any) -> None:
        monkeypatch.setattr(dynamo, "commit", real)
        replies.append(till.sell(custom(10_000), customer_id=siti["id"], payments=[points(10_000)]))
        real(writes)

    monkeypatch.setattr(dynamo, "commit", meanwhile)
    replies.append(till.sell(custom(10_000), customer_id=siti["id"], payments=[points(10_000)]))

    assert [reply.status for reply in replies] == [201, 409]
    assert balance(till.shop, siti) == 0


# --- refunds ----------------------------------------------------------------------------------------------------------


def refunded(order: Order, total: int, points_back: int, *, due_again: bool = False) -> Order:
    """The order with one more refund, of which points take back so much."""
    paid = next(payment for payment in order.payments if payment.method == "points")
    tenders = [RefundTender(method="points", amount=points_back, payment_id=paid.id)] if points_back else []
    if total > points_back:
        tenders.append(RefundTender(method="cash", amount=total - points_back))
    refund = Refund(
        id="ref_1",
        at=order.created_at,
        actor="key_test",
        reason="Cold",
        register_id=None,
        business_date="2026-11-24",
        total=total,
        tenders=tuple(tenders),
        due_again=due_again,
    )
    return order.model_copy(update={"refunds": (*order.refunds, refund)})


@pytest.fixture
def paid_by_both(till: Till, siti: Any) -> Order:
    """A completed sale of 100 000, of which 50 000 were paid by 500 points: it earned 5."""
    adjust(till.shop, siti, 500)
    payments = [points(50_000), cash(50_000)]
    sold = till.sell(custom(100_000), customer_id=siti["id"], payments=payments, complete=True)
    return Order.model_validate_json(sold.text)


def test_a_refund_takes_back_what_was_earned_by_it(paid_by_both: Order) -> None:
    [move] = loyalty.moves(refunded(paid_by_both, 25_000, 0), balance=5)

    assert (move.type, move.points, move.shortfall) == ("taken_back", -3, 0)


def test_a_refund_gives_points_back_to_whom_they_paid(paid_by_both: Order) -> None:
    given_back, taken_back = loyalty.moves(refunded(paid_by_both, 100_000, 50_000), balance=0)

    assert (given_back.type, given_back.points) == ("given_back", 500)
    assert (taken_back.type, taken_back.points, taken_back.shortfall) == ("taken_back", -5, 0)


def test_what_is_due_again_is_not_returned(paid_by_both: Order) -> None:
    assert loyalty.moves(refunded(paid_by_both, 50_000, 0, due_again=True), balance=5) == ()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(0, 100_000), st.integers(0, 500)), max_size=6), st.integers(0, 600))
def test_whatever_refunds_come_the_ledger_follows_and_is_never_negative(
    paid_by_both: Order, steps: list[tuple[int, int]], spent: int
) -> None:
    order, held = paid_by_both, max(0, 5 - spent)
    goods, pointed = 100_000, 500
    for total, back in steps:
        back = min(back, pointed, total // 100)
        total = min(total, goods - 100 * (pointed - back)) if goods else 0
        if total < 100 * back or total <= 0:
            continue
        goods, pointed = goods - total, pointed - back
        order = refunded(order, total, 100 * back)
        moves = loyalty.moves(order, held)
        order = loyalty.recorded(order, moves)
        for move in moves:
            held += move.points
            assert held >= 0
        kept = order.loyalty
        assert kept is not None
        assert (kept.points_redeemed, kept.points_earned) == (pointed, (goods - 100 * pointed) // 10_000)
        assert loyalty.moves(order, held) == ()


# --- orders of many steps ---------------------------------------------------------------------------------------------


def test_an_order_of_many_steps_moves_points_when_it_is_whole(
    till: Till, siti: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = [piece(id) for id in many_variants(till, 5)]
    small_steps(monkeypatch)
    payments = [points(100)]

    refused = till.sell(*lines, customer_id=siti["id"], payments=payments, complete=True)
    assert (refused.status, refused.code, drafts()) == (409, "points.insufficient", [])

    adjust(till.shop, siti, 1)
    order = till.sell(*lines, customer_id=siti["id"], payments=payments, complete=True)
    assert (order.status, balance(till.shop, siti)) == (201, 0)
    assert (till.cancel(order.json["id"]).status, balance(till.shop, siti)) == (200, 1)


# --- any history ------------------------------------------------------------------------------------------------------

STEPS = st.lists(
    st.tuples(
        st.sampled_from(["sell", "redeem", "complete", "cancel", "adjust"]),
        st.integers(-30, 60),
        st.integers(0, 3),
    ),
    max_size=12,
)


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(STEPS)
def test_whatever_happens_the_balance_is_the_sum_of_the_ledger_and_of_what_orders_say(
    till: Till, steps: list[tuple[str, int, int]]
) -> None:
    start_program(till.shop)
    siti = add_customer(till.shop)
    ids: list[str] = []
    adjusted = 0
    for kind, number, which in steps:
        if kind in ("sell", "redeem"):
            paid = [points(100 * abs(number))] if kind == "redeem" and number else []
            reply = till.sell(custom(20_000), customer_id=siti["id"], payments=paid, complete=which == 0)
            ids += [reply.json["id"]] if reply.status == 201 else []
        elif kind == "adjust" and number:
            body = {"points": number, "reason": "test"}
            adjusted += number * (till.shop.call(adjust_points.handler, body, id=siti["id"]).status == 201)
        elif ids:
            id = ids[which % len(ids)]
            till.move(id, "completed") if kind == "complete" else till.cancel(id)

        kept = [till.get(id).json["loyalty"] for id in ids]
        by_orders = sum(one["points_earned"] + one["points_short"] - one["points_redeemed"] for one in kept)
        assert balance(till.shop, siti) == adjusted + by_orders
