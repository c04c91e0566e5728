"""split_order"""

import pytest

from orders import split_order
from payments import create_refund
from tests.support.contract import events_of
from tests.support.samples import sample
from tests.support.shop import Reply, send
from tests.unit.catalog.test_scales import ean13
from tests.unit.orders.till import Json, Till, at_each_transaction, custom, piece, stored


def split(till: Till, order_id: str, lines: list[Json], **request: Json) -> Reply:
    return till.shop.call(split_order.handler, {"lines": lines}, id=order_id, **request)


def part(line_id: str, quantity: str) -> Json:
    return {"line_id": line_id, "quantity": quantity}


def test_the_sample_event_splits(till: Till) -> None:
    order_id = till.sell(custom(1_000, "3"), register_id=till.shop.register_id).json["id"]

    reply = send(split_order.handler, sample("orders", "split_order", till.shop, id=order_id))

    left = till.get(order_id).json
    assert (reply.status, reply.json["total"], left["total"]) == (201, 1_000, 2_000)
    assert reply.json == till.get(reply.json["id"]).json
    assert (left["number"][-5:], reply.json["number"][-5:]) == ("-0001", "-0002")
    assert (left["history"][-1]["action"], left["history"][-1]["order_id"]) == ("split", reply.json["id"])
    assert reply.json["history"][0]["order_id"] == order_id
    assert [event["type"] for event in events_of(till.shop, order_id)] == ["order.created", "order.updated"]
    assert [event["type"] for event in events_of(till.shop, reply.json["id"])] == ["order.created"]


def test_amounts_and_stock_are_neither_lost_nor_made(till: Till) -> None:
    tax = till.tax("11")
    variant = till.product(1_000, stock="10", tax_ids=(tax,))
    order = till.sell(
        piece(variant, "3", discounts=[{"amount": 100}]),
        custom(500, tax_ids=(tax,)),
        discounts=[{"percent": "10"}, {"amount": 101}],
        service_charges=[{"amount": 33}],
        tip=7,
    ).json

    new = split(till, order["id"], [part("lin_1", "1"), part("lin_2", "1")]).json

    left = till.get(order["id"]).json
    for figure in ("subtotal", "discount_total", "service_charge_total", "tip"):
        assert left[figure] + new[figure] == order[figure]
    assert till.on_hand(variant) == "7"
    till.cancel(new["id"])
    assert till.on_hand(variant) == "8"
    till.cancel(order["id"])
    assert till.on_hand(variant) == "10"


@pytest.mark.parametrize(
    ("lines", "code", "pointer"),
    [
        ([part("lin_9", "1")], "line.unknown", "/lines/0/line_id"),
        ([part("lin_1", "1"), part("lin_1", "1")], "line.repeated", "/lines/1/line_id"),
        ([part("lin_1", "2.001")], "order.quantity_invalid", "/lines/0/quantity"),
        ([part("lin_1", "2")], "order.nothing_left", "/lines"),
    ],
)
def test_what_cannot_be_split_is_refused(till: Till, lines: list[Json], code: str, pointer: str) -> None:
    order_id = till.sell(custom(1_000, "2")).json["id"]
    before = stored()

    reply = split(till, order_id, lines)

    assert (reply.status, reply.code, reply.pointers) == (422, code, [pointer])
    assert stored() == before


def test_what_is_paid_is_not_split_off(till: Till) -> None:
    order_id = till.sell(custom(1_000, "2"), payments=[{"method": "card", "amount": 2_000}]).json["id"]

    assert split(till, order_id, [part("lin_1", "1")]).code == "order.overpaid"


def test_two_splits_at_once_both_happen(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    order_id = till.sell(custom(1_000, "5"), register_id=till.shop.register_id).json["id"]
    overtakers = [1]

    def overtake() -> None:
        if overtakers:
            overtakers.pop()
            assert split(till, order_id, [part("lin_1", "2")]).status == 201

    at_each_transaction(monkeypatch, before=overtake)

    assert split(till, order_id, [part("lin_1", "1")]).json["number"].endswith("-0003")
    assert till.get(order_id).json["total"] == 2_000


def test_what_went_back_of_the_ticket_stays_with_it(till: Till) -> None:
    order = till.sell(custom(1_000), custom(500), payments=[{"method": "cash", "amount": 1_200}]).json
    given_back = till.shop.call(create_refund.handler, {"reason": "Too much", "amount": 700}, id=order["id"])
    assert given_back.status == 200, given_back.text

    new = split(till, order["id"], [part("lin_2", "1")]).json

    left = till.get(order["id"]).json
    assert (new["payments"], new.get("refunds"), new.get("refunded"), new["paid"]) == ([], None, None, 0)
    assert [refund["total"] for refund in left["refunds"]] == [700]


def test_a_price_that_a_label_says_is_split_like_any_other(till: Till) -> None:
    till.product(40_000, plu="42", unit="kg")
    order = till.sell({"barcode": ean13("230004212345")}).json

    new = split(till, order["id"], [part("lin_1", "0.103")]).json

    assert order["lines"][0]["quantity"] == "0.309"
    assert (till.get(order["id"]).json["total"], new["total"]) == (8_230, 4_115)
