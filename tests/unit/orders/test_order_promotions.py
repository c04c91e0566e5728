"""Promotions on orders, from creation through edits, split and merge."""

from typing import Any

import pytest

from catalog import create_product, delete_promotion, update_promotion
from orders import (
    add_order_lines,
    get_order,
    merge_orders,
    remove_order_line,
    split_order,
    update_order,
    update_order_line,
)
from pos import aws
from tests.unit.catalog.categories import add_chain
from tests.unit.catalog.promotion_samples import add_promotion
from tests.unit.orders.till import Json, Till, custom, piece, set_clock

FREE_THIRD = {"buy": 2, "get": 1}


def figures(order: Json) -> list[tuple[int, int]]:
    """Gross and discount of each line."""
    return [(line["gross"], line["discount"]) for line in order["lines"]]


def change_line(till: Till, order: Json, change: Json, line_id: str = "lin_1") -> Json:
    reply = till.shop.call(update_order_line.handler, change, path={"id": order["id"], "line_id": line_id})
    assert reply.status == 200, reply.text
    result: Json = reply.json
    return result


def change(till: Till, order: Json, body: Json) -> Json:
    reply = till.shop.call(update_order.handler, body, id=order["id"])
    assert reply.status == 200, reply.text
    result: Json = reply.json
    return result


def test_happy_hour_counts_when_it_is_ordered_and_stays_on_the_line(
    till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    beer = till.product(10_000)
    add_promotion(till.shop, from_time="17:00", to_time="19:00")
    set_clock(monkeypatch, "2026-11-24T18:59:00+07:00")
    order = till.sell(piece(beer)).json
    set_clock(monkeypatch, "2026-11-24T19:00:00+07:00")

    later = till.shop.call(add_order_lines.handler, {"lines": [piece(beer)]}, id=order["id"]).json

    assert figures(order) == [(10_000, 2_000)]
    assert figures(later) == [(10_000, 2_000), (10_000, 0)]
    assert figures(change_line(till, later, {"quantity": "3"})) == [(30_000, 6_000), (10_000, 0)]


def test_an_offline_sale_gets_the_promotions_of_its_own_moment(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    beer = till.product(10_000)
    add_promotion(till.shop, from_time="17:00", to_time="19:00")
    set_clock(monkeypatch, "2026-11-24T21:00:00+07:00")

    assert till.sell(piece(beer), occurred_at="2026-11-24T18:00:00+07:00").json["discount_total"] == 2_000
    assert till.sell(piece(beer)).json["discount_total"] == 0


def test_a_category_counts_with_all_that_is_inside_of_it_as_it_is_now(till: Till) -> None:
    top, middle, bottom = add_chain(till.shop, 3)
    body = {"name": "Teh", "category_id": bottom["id"], "variants": [{"price": 10_000}]}
    inside = till.shop.call(create_product.handler, body).json["variants"][0]["id"]
    outside = till.product(10_000)
    add_promotion(till.shop, percent_off={"percent": "50", "category_ids": [top["id"]]})

    order = till.sell(piece(inside), piece(outside)).json

    assert figures(order) == [(10_000, 5_000), (10_000, 0)]
    assert middle["parent_id"] == top["id"]


def test_of_three_units_the_cheapest_is_free(till: Till) -> None:
    cheap, dear = till.product(7_000), till.product(9_000)
    promotion = add_promotion(till.shop, buy_x_get_y=FREE_THIRD)

    order = till.sell(piece(dear, "2"), piece(cheap)).json

    assert figures(order) == [(18_000, 0), (7_000, 7_000)]
    [discount] = order["lines"][1]["discounts"]
    expected = {"name": "Promo", "promotion_id": promotion["id"], "amount": 7_000, "applied": 7_000, "percent": None}
    assert expected.items() <= discount.items()
    gone = till.shop.call(remove_order_line.handler, path={"id": order["id"], "line_id": "lin_2"}).json
    assert figures(gone) == [(18_000, 0)]


def test_an_order_over_an_amount_follows_the_ticket(till: Till) -> None:
    dish = till.product(60_000)
    add_promotion(till.shop, order_over={"minimum": 100_000, "percent": "10"})
    order = till.sell(piece(dish)).json

    two = change_line(till, order, {"quantity": "2"})
    one = change_line(till, two, {"quantity": "1"})

    assert [order["total"], two["total"], one["total"]] == [60_000, 108_000, 60_000]


def test_a_line_takes_the_best_one_then_comes_the_order_then_what_people_give(till: Till) -> None:
    coffee = till.product(100_000)
    add_promotion(till.shop, name="Ten", percent_off={"percent": "10"})
    add_promotion(till.shop, name="Twenty", percent_off={"percent": "20"})
    add_promotion(till.shop, name="Big", order_over={"minimum": 60_000, "amount": 5_000})

    order = till.sell(
        piece(coffee, discounts=[{"name": "Friend", "percent": "10"}]), discounts=[{"name": "Voucher", "amount": 1_000}]
    ).json

    line = {one["name"]: one["applied"] for one in order["lines"][0]["discounts"]}
    whole = {one["name"]: one["applied"] for one in order["discounts"]}
    assert (line, whole) == ({"Friend": 8_000, "Twenty": 20_000}, {"Voucher": 1_000, "Big": 5_000})
    assert order["total"] == 100_000 - 20_000 - 8_000 - 5_000 - 1_000


def test_discounts_that_people_give_anew_leave_promotions_as_they_are(till: Till) -> None:
    coffee = till.product(100_000)
    add_promotion(till.shop, percent_off={"percent": "20"})
    add_promotion(till.shop, order_over={"minimum": 50_000, "amount": 5_000})
    order = till.sell(piece(coffee)).json

    assert change_line(till, order, {"discounts": [{"amount": 1_000}]})["total"] == 74_000
    assert change(till, order, {"discounts": [{"amount": 500}]})["total"] == 73_500
    assert change(till, order, {"discounts": []})["total"] == 74_000
    assert change_line(till, order, {"discounts": []})["total"] == 75_000


def test_promotions_are_left_off_where_the_caller_says_so_and_come_back(till: Till) -> None:
    coffee = till.product(10_000)
    add_promotion(till.shop)
    order = till.sell(piece(coffee), apply_promotions=False).json

    more = till.shop.call(add_order_lines.handler, {"lines": [piece(coffee)]}, id=order["id"]).json
    assert (order["total"], more["total"]) == (10_000, 20_000)
    assert change(till, order, {"apply_promotions": True})["total"] == 16_000
    off = change(till, order, {"apply_promotions": False})
    assert (off["total"], [line["discounts"] for line in off["lines"]]) == (20_000, [[], []])


def test_an_order_follows_a_promotion_as_it_first_had_it(till: Till) -> None:
    coffee = till.product(10_000)
    promotion = add_promotion(till.shop)
    order = till.sell(piece(coffee)).json
    till.shop.call(update_promotion.handler, {"percent_off": {"percent": "50"}}, id=promotion["id"])

    changed = change_line(till, order, {"quantity": "2"})
    till.shop.call(delete_promotion.handler, id=promotion["id"])

    assert changed["discount_total"] == 4_000
    assert change_line(till, order, {"quantity": "3"})["discount_total"] == 6_000
    assert till.sell(piece(coffee)).json["discount_total"] == 0


def test_what_is_not_in_the_catalog_counts_for_orders_only(till: Till) -> None:
    add_promotion(till.shop)
    add_promotion(till.shop, order_over={"minimum": 10_000, "percent": "10"})

    order = till.sell(custom(10_000)).json

    assert (order["lines"][0]["discounts"], order["total"]) == ([], 9_000)


def test_a_discount_that_cannot_be_is_pointed_to_where_the_caller_put_it(till: Till) -> None:
    coffee = till.product(10_000)
    add_promotion(till.shop)

    reply = till.sell(piece(coffee, discounts=[{"amount": 9_000}]))

    assert (reply.code, reply.pointers) == ("order.discount_too_large", ["/lines/0/discounts/0"])


def test_another_merchants_promotions_are_not_this_ones(till: Till) -> None:
    other = Till(type(till.shop).open())
    add_promotion(other.shop)

    assert till.sell(piece(till.product(10_000))).json["promotions"] == []


def test_preview_shows_what_create_makes(till: Till) -> None:
    cheap, dear = till.product(7_000), till.product(9_000)
    add_promotion(till.shop, buy_x_get_y=FREE_THIRD)
    add_promotion(till.shop, order_over={"minimum": 10_000, "percent": "10"})
    lines = (piece(dear, "2"), piece(cheap, "2", discounts=[{"percent": "5"}]))

    preview, order = till.preview(*lines).json, till.sell(*lines).json

    assert preview["discount_total"] > 7_000
    assert preview == {name: order[name] for name in preview}


def promoted(till: Till) -> Json:
    """An order that has every kind of promotion: its total is 36000 less 3500, 15 % of the rest and 2000."""
    coffee, tea = till.product(10_000), till.product(7_000)
    add_promotion(till.shop, name="Half", buy_x_get_y={"buy": 2, "get": 1, "percent": "50", "variant_ids": [tea]})
    add_promotion(till.shop, name="Off", percent_off={"percent": "15", "variant_ids": [coffee]})
    add_promotion(till.shop, name="Big", order_over={"minimum": 20_000, "amount": 2_000})
    order: Json = till.sell(piece(tea, "3"), piece(coffee, "2")).json
    assert order["total"] == 21_000 - 3_500 + 17_000 - 2_000
    return order


def split(till: Till, order: Json, *lines: Json) -> tuple[Json, Json]:
    new = till.shop.call(split_order.handler, {"lines": list(lines)}, id=order["id"])
    assert new.status == 201, new.text
    return till.shop.call(get_order.handler, id=order["id"]).json, new.json


@pytest.mark.parametrize(
    "lines",
    [
        [{"line_id": "lin_1", "quantity": "3"}],
        [{"line_id": "lin_2", "quantity": "2"}],
        [{"line_id": "lin_1", "quantity": "1"}],
        [{"line_id": "lin_1", "quantity": "2"}, {"line_id": "lin_2", "quantity": "1"}],
    ],
)
def test_the_parts_of_a_split_order_cost_what_the_whole_did(till: Till, lines: list[Json]) -> None:
    order = promoted(till)

    stays, goes = split(till, order, *lines)

    assert stays["total"] + goes["total"] == order["total"]
    assert stays["discount_total"] + goes["discount_total"] == order["discount_total"]
    for part in (stays, goes):  # an edit that changes nothing keeps it so
        assert change(till, part, {"note": "x"})["total"] == part["total"]


def test_orders_that_merge_cost_what_they_did(till: Till) -> None:
    one = promoted(till)
    two = till.sell(*[piece(line["variant_id"], "2") for line in one["lines"]]).json

    merged = till.shop.call(merge_orders.handler, {"from_order_id": two["id"]}, id=one["id"]).json

    assert merged["total"] == one["total"] + two["total"]
    assert change(till, merged, {"note": "x"})["total"] == merged["total"]
    more = till.shop.call(add_order_lines.handler, {"lines": [piece(one["lines"][1]["variant_id"])]}, id=one["id"]).json
    assert more["total"] == merged["total"] + 8_500


def test_what_a_split_has_fixed_never_takes_more_than_there_is(till: Till) -> None:
    tea = till.product(7_000)
    add_promotion(till.shop, buy_x_get_y={"buy": 1, "get": 2})
    order = till.sell(piece(tea, "6"), custom(1)).json
    stays, _ = split(till, order, {"line_id": "lin_2", "quantity": "1"})

    assert stays["total"] == 14_000
    assert change_line(till, stays, {"quantity": "1"})["total"] == 0


def test_a_sale_without_promotions_takes_two_round_trips(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    variant = till.product()
    calls: list[str] = []
    client: Any = aws.dynamodb()
    original = client._make_api_call

    def counted(operation: str, parameters: Any) -> Any:
        calls.append(operation)
        return original(operation, parameters)

    monkeypatch.setattr(client, "_make_api_call", counted)
    add_promotion(till.shop, percent_off={"percent": "20", "category_ids": []})
    calls.clear()

    assert till.sell(piece(variant)).json["discount_total"] == 2_000
    assert calls.count("BatchGetItem") == calls.count("TransactWriteItems") == 1
