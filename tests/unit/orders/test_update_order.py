"""update_order"""

from orders import update_order
from tests.support.samples import sample
from tests.support.shop import send
from tests.unit.orders.till import Till, custom


def test_the_sample_event_changes(till: Till) -> None:
    order_id = till.sell(custom(1_000), name="Table 3", note="Window").json["id"]

    reply = send(update_order.handler, sample("orders", "update_order", till.shop, id=order_id))

    assert (reply.status, reply.json["name"], reply.json["note"]) == (200, "Table 4", "Window")
    assert (reply.json["tip"], reply.json["total"]) == (2_000, 3_000)


def test_discounts_and_charges_are_computed_anew(till: Till) -> None:
    order_id = till.sell(custom(1_000), discounts=[{"amount": 100}]).json["id"]
    body = {
        "discounts": [{"name": "Opening", "percent": "10"}],
        "service_charges": [{"name": "Service", "percent": "5", "on": "undiscounted"}, {"amount": 7}],
    }

    reply = till.shop.call(update_order.handler, body, id=order_id)

    assert (reply.json["discount_total"], reply.json["service_charge_total"], reply.json["total"]) == (100, 57, 957)
    again = till.shop.call(update_order.handler, {"tip": 1}, id=order_id)
    assert (again.json["discount_total"], again.json["service_charge_total"], again.json["total"]) == (100, 57, 958)


def test_a_name_is_removed_by_null(till: Till) -> None:
    order_id = till.sell(custom(), name="Table 3").json["id"]

    assert till.shop.call(update_order.handler, {"name": None}, id=order_id).json["name"] is None


def test_a_discount_over_the_order_is_refused(till: Till) -> None:
    order_id = till.sell(custom(10)).json["id"]

    reply = till.shop.call(update_order.handler, {"discounts": [{"amount": 11}]}, id=order_id)

    assert (reply.status, reply.pointers) == (422, ["/discounts/0"])
