"""get_order"""

import pytest

from orders import get_order
from tests.support.samples import sample
from tests.support.shop import Shop, send
from tests.unit.orders.till import Till, custom, piece


def test_the_sample_event_reads_an_order(till: Till) -> None:
    made = till.sell(custom())

    reply = send(get_order.handler, sample("orders", "get_order", till.shop, id=made.json["id"]))

    assert (reply.status, reply.json) == (200, made.json)


def test_an_order_is_read_as_it_stands_with_its_version(till: Till) -> None:
    order_id = till.sell(piece(till.product())).json["id"]
    moved = till.move(order_id, "preparing")

    reply = till.get(order_id)

    assert (reply.text, reply.headers["etag"]) == (moved.text, '"2"')


def test_how_its_request_is_known_again_is_not_shown(till: Till) -> None:
    made = till.sell(custom(), id="ord_offline-0001")

    assert "fingerprint" not in made.json
    assert "fingerprint" not in till.get("ord_offline-0001").json


@pytest.mark.parametrize("order_id", ["ord_nothing1", "order", "", "x" * 5_000, "a#b", "☕"])
def test_what_is_not_there_is_not_found(till: Till, order_id: str) -> None:
    assert till.get(order_id).status == 404


def test_another_merchants_order_is_not_found(till: Till) -> None:
    made = till.sell(custom())

    assert Till(Shop.open()).get(made.json["id"]).status == 404


def test_a_caller_without_the_permission_is_refused(till: Till) -> None:
    made = till.sell(custom())

    assert till.shop.call(get_order.handler, id=made.json["id"], permissions="orders:write").status == 403
