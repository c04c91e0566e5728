"""merge_orders"""

import pytest

from orders import merge_orders
from payments import create_payment, void_payment
from staff import update_merchant
from tests.support.contract import events_of
from tests.support.samples import sample
from tests.support.shop import Reply, send
from tests.unit.orders.till import Till, at_each_transaction, custom, piece, stored


def merge(till: Till, order_id: str, other_id: str, **request: dict[str, str]) -> Reply:
    return till.shop.call(merge_orders.handler, {"from_order_id": other_id}, id=order_id, **request)


def test_the_sample_event_merges(till: Till) -> None:
    order_id = till.sell(custom(1_000)).json["id"]
    till.sell(custom(500), id="ord_sample0002")

    reply = send(merge_orders.handler, sample("orders", "merge_orders", till.shop, id=order_id))

    other = till.get("ord_sample0002").json
    assert (reply.status, reply.json["total"]) == (200, 1_500)
    assert [line["id"] for line in reply.json["lines"]] == ["lin_1", "lin_2"]
    assert (other["status"], other["lines"], other["total"]) == ("cancelled", [], 0)
    assert (other["history"][-1]["reason"], other["history"][-1]["order_id"]) == ("merged", order_id)
    assert reply.json["history"][-1]["order_id"] == "ord_sample0002"
    assert [event["type"] for event in events_of(till.shop, order_id)] == ["order.created", "order.updated"]
    assert [event["type"] for event in events_of(till.shop, "ord_sample0002")] == ["order.created", "order.cancelled"]


def test_discounts_stock_and_payments_stay_exact(till: Till) -> None:
    variant = till.product(1_005, stock="10")
    first = till.sell(piece(variant, "3"), custom(333), discounts=[{"percent": "7.5"}], tip=1).json
    paid = [{"method": "card", "amount": 300}]
    second = till.sell(
        piece(variant, "2", discounts=[{"percent": "3"}]), discounts=[{"amount": 99}], payments=paid, tip=2
    ).json

    merged = merge(till, first["id"], second["id"]).json

    for figure in ("subtotal", "discount_total", "tip", "total", "paid"):
        assert merged[figure] == first[figure] + second[figure], figure
    assert merged["payments"] == [{**second["payments"][0], "version": 2}]
    [told] = [event for event in events_of(till.shop, first["id"]) if event["type"] == "payment.updated"]
    assert (told["data"]["id"], told["data"]["order_id"]) == (second["payments"][0]["id"], first["id"])
    assert till.on_hand(variant) == "5"
    till.cancel(first["id"])
    assert till.on_hand(variant) == "10"


def test_a_payment_that_was_voided_stays_where_it_was_voided(till: Till) -> None:
    into = till.sell(custom(500)).json["id"]
    paid = [{"method": "card", "amount": 300}, {"method": "card", "amount": 200}]
    other = till.sell(custom(500), payments=paid).json
    voided, kept = other["payments"]
    path = {"id": other["id"], "payment_id": voided["id"]}
    assert till.shop.call(void_payment.handler, {"reason": "wrong card"}, path=path).status == 200

    merged = merge(till, into, other["id"]).json

    left = till.get(other["id"]).json
    assert [payment["id"] for payment in merged["payments"]] == [kept["id"]]
    assert [(payment["id"], payment["status"]) for payment in left["payments"]] == [(voided["id"], "voided")]
    assert (merged["paid"], left["paid"]) == (200, 0)


def test_an_order_whose_payment_is_still_with_its_provider_is_not_merged(till: Till) -> None:
    into, other = (till.sell(custom()).json["id"] for _ in range(2))
    body = {"method": "card", "amount": 1, "provider": "simulated", "reference": "simulate:late"}
    assert till.shop.call(create_payment.handler, body, id=other).status == 200

    reply = merge(till, into, other)

    assert (reply.status, reply.code) == (409, "payment.pending")
    assert merge(till, other, into).status == 200


def test_a_charge_that_both_have_counts_once(till: Till) -> None:
    service = [{"name": "Service", "percent": "5"}]
    first, second = (till.sell(custom(1_000), service_charges=service).json["id"] for _ in range(2))

    assert merge(till, first, second).json["service_charge_total"] == 100


def test_orders_under_other_rules_are_not_merged(till: Till) -> None:
    first = till.sell(custom()).json["id"]
    till.shop.call(update_merchant.handler, {"rounding_mode": "down"})
    second = till.sell(custom()).json["id"]
    before = stored()

    assert merge(till, first, second).code == "order.merge_mismatch"
    assert merge(till, first, first).code == "order.merge_mismatch"
    assert merge(till, first, "ord_unknown-01").code == "order.not_found"
    assert stored() == before


def test_an_order_that_is_closed_meanwhile_is_not_merged(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = (till.sell(custom()).json["id"] for _ in range(2))
    closers = [second]

    def close() -> None:
        if closers:
            till.move(closers.pop(), "completed")

    at_each_transaction(monkeypatch, before=close)

    assert merge(till, first, second).code == "order.not_open"
    assert till.get(first).json["version"] == 1
