"""Modifiers that take stock: their components move with the lines that have them."""

from typing import Any

import pytest

from catalog import create_product
from orders import add_order_lines, merge_orders, remove_order_line, split_order, update_order_line
from tests.unit.orders.till import Json, Till, piece


def offering(till: Till, taken: list[Json], **variant: Any) -> str:
    """A drink that is offered with a modifier `shot`, which takes these, and one that takes nothing; its id."""
    modifiers = [
        {"id": "shot", "name": "Extra shot", "price": 500, "components": taken},
        {"id": "hot", "name": "Hot"},
    ]
    group = {"id": "extras", "name": "Extras", "max": 9, "modifiers": modifiers}
    body = {"name": "Latte", "variants": [{"price": 3000, **variant}], "modifier_groups": [group]}
    made = till.shop.call(create_product.handler, body)
    assert made.status == 201, made.text
    return str(made.json["variants"][0]["id"])


def shots(count: int) -> Json:
    return {"modifiers": [{"id": "shot", "quantity": count}, {"id": "hot"}]}


@pytest.fixture
def beans(till: Till) -> str:
    """Coffee, of which there is a kilogram."""
    return till.product(unit="kg", stock="1")


@pytest.fixture
def latte(till: Till, beans: str) -> str:
    return offering(till, [piece(beans, "0.018")], stock_policy="block")


def test_each_one_takes_its_components_for_each_of_the_line(till: Till, latte: str, beans: str) -> None:
    till.adjust(latte, "10")

    order = till.sell(piece(latte, "3", **shots(2)), piece(latte)).json

    assert (till.on_hand(beans), till.on_hand(latte)) == ("0.892", "6")
    assert [one.get("components") for one in order["lines"][0]["modifiers"]] == [[piece(beans, "0.018")], None]


def test_cancelling_brings_them_back(till: Till, latte: str, beans: str) -> None:
    till.adjust(latte, "10")
    order = till.sell(piece(latte, "3", **shots(2))).json

    assert till.cancel(order["id"]).status == 200

    assert (till.on_hand(beans), till.on_hand(latte)) == ("1", "10")


def test_every_change_of_a_ticket_moves_the_difference(till: Till, latte: str, beans: str) -> None:
    till.adjust(latte, "10")
    order = till.sell(piece(latte, "2")).json["id"]

    def change(line: str, **fields: Any) -> None:
        assert till.shop.call(update_order_line.handler, fields, path={"id": order, "line_id": line}).status == 200

    change("lin_1", **shots(1))
    assert till.on_hand(beans) == "0.964"
    change("lin_1", quantity="3")
    assert till.on_hand(beans) == "0.946"
    till.shop.call(add_order_lines.handler, {"lines": [piece(latte, "1", **shots(3))]}, id=order)
    assert till.on_hand(beans) == "0.892"
    change("lin_1", modifiers=[])
    assert till.on_hand(beans) == "0.946"
    till.shop.call(remove_order_line.handler, path={"id": order, "line_id": "lin_2"})
    assert (till.on_hand(beans), till.on_hand(latte)) == ("1", "7")


def test_split_and_merged_tickets_bring_back_all_of_it(till: Till, latte: str, beans: str) -> None:
    till.adjust(latte, "10")
    order = till.sell(piece(latte, "3", **shots(2))).json["id"]
    part = {"lines": [{"line_id": "lin_1", "quantity": "1"}]}
    parted = till.shop.call(split_order.handler, part, id=order).json["id"]
    assert till.on_hand(beans) == "0.892"

    till.cancel(parted)
    assert till.on_hand(beans) == "0.928"
    second = till.sell(piece(latte, "1", **shots(1))).json["id"]
    assert till.shop.call(merge_orders.handler, {"from_order_id": second}, id=order).status == 200
    till.cancel(order)

    assert (till.on_hand(beans), till.on_hand(latte)) == ("1", "10")


def test_the_policy_of_what_is_sold_blocks_what_its_modifiers_take(till: Till, latte: str, beans: str) -> None:
    till.adjust(latte, "100")

    reply = till.sell(piece(till.product()), piece(latte, "28", **shots(2)))

    assert (reply.status, reply.code, reply.pointers) == (409, "stock.insufficient", ["/lines/1/quantity"])
    assert (till.on_hand(beans), till.on_hand(latte)) == ("1", "100")


def test_what_a_modifier_that_was_not_chosen_takes_is_not_blocked(till: Till, latte: str, beans: str) -> None:
    till.adjust(latte, "100")

    assert till.sell(piece(latte), piece(beans, "2")).status == 201
    assert till.on_hand(beans) == "-1"


def test_a_warning_names_the_line_whose_modifier_takes_too_much(till: Till, beans: str) -> None:
    latte = offering(till, [piece(beans, "0.6")], stock_policy="warn", track_stock=False)

    order = till.sell(piece(latte, "2", **shots(1))).json

    assert order["warnings"] == [{"line": 0, "variant_id": beans, "on_hand": "1"}]


def test_it_goes_with_whole_quantities_only(till: Till, beans: str) -> None:
    latte = offering(till, [piece(beans, "0.018")])
    assert till.sell(piece(latte, "0.5", modifiers=[{"id": "hot"}])).status == 201

    reply = till.sell(piece(latte, "0.5", **shots(1)))

    assert (reply.status, reply.code, reply.pointers) == (422, "order.quantity_not_whole", ["/lines/0/modifiers"])
    assert till.on_hand(beans) == "1"


@pytest.mark.parametrize("fields", [{"quantity": "1.5"}, {"quantity": "0.5", "modifiers": [{"id": "shot"}]}])
def test_a_change_is_held_to_whole_quantities_too(till: Till, beans: str, fields: Json) -> None:
    latte = offering(till, [piece(beans, "0.018")])
    order = till.sell(piece(latte, "2", **shots(1))).json["id"]

    reply = till.shop.call(update_order_line.handler, fields, path={"id": order, "line_id": "lin_1"})

    assert (reply.status, reply.code, reply.pointers) == (422, "order.quantity_not_whole", ["/modifiers"])
    assert till.on_hand(beans) == "0.964"


def test_a_bundles_modifier_takes_beside_its_components(till: Till, beans: str) -> None:
    cup = till.product(stock="10")
    latte = offering(till, [piece(cup), piece(beans, "0.1")], components=[piece(cup, "2")])

    till.sell(piece(latte, "2", **shots(1)))

    assert (till.on_hand(cup), till.on_hand(beans)) == ("4", "0.8")


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ("var_unknown", "variant.unknown"),
        ("bundle", "bundle.nested"),
        ("untracked", "bundle.not_tracked"),
        ("beans", "bundle.repeated"),
    ],
)
def test_a_modifier_of_what_cannot_be_taken_is_refused(till: Till, beans: str, wrong: str, code: str) -> None:
    ids = {
        "beans": beans,
        "bundle": till.product(components=[piece(beans)]),
        "untracked": till.product(track_stock=False),
    }
    modifiers = [{"id": "shot", "name": "Extra shot", "components": [piece(beans), piece(ids.get(wrong, wrong))]}]
    group = {"id": "extras", "name": "Extras", "modifiers": modifiers}

    body = {"name": "Latte", "variants": [{"price": 1}], "modifier_groups": [group]}
    reply = till.shop.call(create_product.handler, body)

    pointer = "/modifier_groups/0/modifiers/0/components/1/variant_id"
    assert (reply.status, reply.code, reply.pointers) == (422, code, [pointer])
