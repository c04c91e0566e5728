"""update_order_line"""

from typing import Any

import pytest

from orders import update_order_line
from tests.support.samples import sample
from tests.support.shop import Reply, send
from tests.unit.orders.till import Till, custom, piece, stored


def change(till: Till, order_id: str, line_id: str, **request: Any) -> Reply:
    headers, permissions = request.pop("headers", None), request.pop("permissions", "*")
    path = {"id": order_id, "line_id": line_id}
    return till.shop.call(update_order_line.handler, request, path=path, headers=headers, permissions=permissions)


def test_the_sample_event_changes(till: Till) -> None:
    order_id = till.sell(custom(1_000), custom(5)).json["id"]

    reply = send(update_order_line.handler, sample("orders", "update_order_line", till.shop, id=order_id))

    assert (reply.status, reply.json["total"]) == (200, 3_005)
    assert (reply.json["lines"][0]["quantity"], reply.json["lines"][0]["note"]) == ("3", "No sugar")


def test_stock_moves_by_the_difference(till: Till) -> None:
    variant = till.product(stock="10", weighed=True)
    order_id = till.sell(piece(variant, "2"), piece(variant, "1")).json["id"]

    assert change(till, order_id, "lin_1", quantity="4.5").status == 200
    assert till.on_hand(variant) == "4.5"
    assert change(till, order_id, "lin_2", quantity="0.5").status == 200
    assert till.on_hand(variant) == "5"
    assert till.cancel(order_id).status == 200
    assert till.on_hand(variant) == "10"


def test_more_than_there_is_is_refused_where_stock_blocks(till: Till) -> None:
    variant = till.product(stock="3", stock_policy="block")
    order_id = till.sell(piece(variant, "2")).json["id"]
    before = stored()

    reply = change(till, order_id, "lin_1", quantity="4")

    assert (reply.status, reply.code) == (409, "stock.insufficient")
    assert stored() == before


def test_what_is_left_out_stays(till: Till) -> None:
    discounts = [{"name": "Regular", "percent": "10"}, {"amount": 100, "applies_to": "net"}]
    order = till.sell(custom(1_000, "2", discounts=discounts, modifiers=[{"name": "Milk", "price": 5}])).json

    reply = change(till, order["id"], "lin_1", note="Hot")

    assert reply.json["lines"] == [{**order["lines"][0], "note": "Hot"}]
    assert reply.json["total"] == order["total"]


def test_a_price_changes_by_permission(till: Till) -> None:
    order_id = till.sell(piece(till.product(1_000)), custom(500)).json["id"]
    permissions = "orders:read orders:write"

    refused = change(till, order_id, "lin_1", price=1, permissions=permissions)

    assert (refused.status, refused.code) == (403, "auth.forbidden")
    assert change(till, order_id, "lin_2", price=1, permissions=permissions).json["total"] == 1_001
    assert change(till, order_id, "lin_1", price=1).json["total"] == 2


def test_an_order_does_not_cost_less_than_was_paid(till: Till) -> None:
    order_id = till.sell(custom(1_000, "2"), payments=[{"method": "card", "amount": 1_500}]).json["id"]
    before = stored()

    reply = change(till, order_id, "lin_1", quantity="1")

    assert (reply.status, reply.code) == (409, "order.overpaid")
    assert stored() == before


@pytest.mark.parametrize(
    ("field", "pointer"),
    [
        ({"quantity": "0"}, "/quantity"),
        ({"quantity": None}, "/quantity"),
        ({"price": -1}, "/price"),
        ({"discounts": [{"amount": 20_000}]}, "/discounts/0"),
    ],
)
def test_bad_input_names_the_field(till: Till, field: dict[str, Any], pointer: str) -> None:
    order_id = till.sell(custom()).json["id"]

    reply = change(till, order_id, "lin_1", **field)

    assert (reply.status, reply.pointers) == (422, [pointer])


def test_a_line_that_there_is_not_is_not_found(till: Till) -> None:
    assert change(till, till.sell(custom()).json["id"], "lin_9", quantity="1").code == "line.not_found"


def test_a_stale_version_is_refused(till: Till) -> None:
    order_id = till.sell(custom()).json["id"]
    till.move(order_id, "preparing")

    assert change(till, order_id, "lin_1", quantity="2", headers={"If-Match": '"1"'}).status == 412
    assert change(till, order_id, "lin_1", quantity="2", headers={"If-Match": '"2"'}).status == 200
