"""remove_order_line"""

from orders import add_order_lines, remove_order_line
from tests.support.samples import sample
from tests.support.shop import send
from tests.unit.orders.till import Till, custom, piece


def test_the_sample_event_removes_and_stock_returns(till: Till) -> None:
    variant = till.product(1_000, stock="10")
    order_id = till.sell(piece(variant, "2"), custom(5)).json["id"]

    reply = send(remove_order_line.handler, sample("orders", "remove_order_line", till.shop, id=order_id))

    assert (reply.status, reply.json["total"]) == (200, 5)
    assert [line["id"] for line in reply.json["lines"]] == ["lin_2"]
    assert till.on_hand(variant) == "10"


def test_an_id_is_never_given_to_another_line(till: Till) -> None:
    order_id = till.sell(custom(1), custom(2)).json["id"]
    till.shop.call(remove_order_line.handler, path={"id": order_id, "line_id": "lin_2"})

    grown = till.shop.call(add_order_lines.handler, {"lines": [custom(3)]}, id=order_id)

    assert [line["id"] for line in grown.json["lines"]] == ["lin_1", "lin_3"]


def test_the_last_line_stays(till: Till) -> None:
    order_id = till.sell(custom()).json["id"]

    reply = till.shop.call(remove_order_line.handler, path={"id": order_id, "line_id": "lin_1"})

    assert (reply.status, reply.code) == (409, "order.last_line")


def test_what_is_gone_is_not_found(till: Till) -> None:
    order_id = till.sell(custom(1), custom(2)).json["id"]
    path = {"id": order_id, "line_id": "lin_2"}
    till.shop.call(remove_order_line.handler, path=path)

    assert till.shop.call(remove_order_line.handler, path=path).code == "line.not_found"
