"""add_order_lines"""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from catalog import update_product
from orders import add_order_lines
from staff import update_merchant
from tests.support.contract import assert_needs, events_of
from tests.support.samples import sample
from tests.support.shop import Reply, Shop, send
from tests.unit.orders.till import (
    Till,
    at_each_transaction,
    calls_one_at_a_time,
    custom,
    drafts,
    levels,
    many_variants,
    piece,
    small_steps,
    stored,
)


def add(till: Till, order_id: str, *lines: Any, **request: Any) -> Reply:
    return till.shop.call(add_order_lines.handler, {"lines": lines}, id=order_id, **request)


def test_the_sample_event_adds(till: Till) -> None:
    order_id = till.sell(custom(1_000)).json["id"]

    reply = send(add_order_lines.handler, sample("orders", "add_order_lines", till.shop, id=order_id))

    assert (reply.status, reply.json["total"], reply.json["version"]) == (200, 9_000, 2)
    assert [line["id"] for line in reply.json["lines"]] == ["lin_1", "lin_2"]
    assert reply.json == till.get(order_id).json
    assert reply.json["history"][-1]["action"] == "lines_added"
    event = events_of(till.shop, order_id)[-1]
    assert (event["type"], event["data"]) == ("order.updated", reply.json)


def test_it_needs_its_permission(till: Till) -> None:
    order_id = till.sell(custom()).json["id"]

    assert_needs("orders:write", till.shop, add_order_lines.handler, {"lines": [custom()]}, id=order_id)


def test_what_is_added_takes_its_stock(till: Till) -> None:
    variant = till.product(stock="5", stock_policy="block")
    order_id = till.sell(piece(variant, "2")).json["id"]

    assert add(till, order_id, piece(variant, "3")).status == 200
    before = stored()
    reply = add(till, order_id, custom(), piece(variant, "1"))

    assert (reply.status, reply.code) == (409, "stock.insufficient")
    assert stored() == before
    assert till.cancel(order_id).status == 200
    assert till.on_hand(variant) == "5"


def test_what_was_sold_keeps_its_price_tax_and_policy_whatever_became_of_them(till: Till) -> None:
    tax = till.tax("10")
    variant = till.product(1_005, tax_ids=(tax,))
    order = till.sell(piece(variant, "3")).json
    till.shop.call(update_merchant.handler, {"rounding_mode": "down"})
    product_id = order["lines"][0]["product_id"]
    changed = {"tax_ids": [], "variants": [{"id": variant, "price": 9_000}]}
    assert till.shop.call(update_product.handler, changed, id=product_id).status == 200

    grown = add(till, order["id"], piece(variant)).json

    assert grown["lines"][0] == order["lines"][0]
    assert grown["policy"] == order["policy"]
    assert grown["total"] == order["total"] + 9_000


def test_registers_that_add_at_once_lose_no_line(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    variant = till.product(stock="10")
    order_id = till.sell(custom(1)).json["id"]
    calls_one_at_a_time(monkeypatch)

    with ThreadPoolExecutor(4) as registers:
        replies = list(registers.map(lambda _: add(till, order_id, piece(variant)), range(4)))

    assert {reply.status for reply in replies} == {200}
    assert {line["id"] for line in till.get(order_id).json["lines"]} == {f"lin_{n}" for n in range(1, 6)}
    assert till.on_hand(variant) == "6"


def test_a_register_that_names_a_version_is_told_that_it_was_overtaken(
    till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_id = till.sell(custom(1)).json["id"]
    overtakers = [custom(2)]

    def overtake() -> None:
        if overtakers:
            add(till, order_id, overtakers.pop())

    at_each_transaction(monkeypatch, before=overtake)

    reply = add(till, order_id, custom(3), headers={"If-Match": '"1"'})

    assert (reply.status, reply.code) == (412, "request.stale_version")
    assert till.get(order_id).json["total"] == 3


def test_a_repeat_adds_once(till: Till) -> None:
    order_id = till.sell(custom(1)).json["id"]
    first = add(till, order_id, custom(2), headers={"Idempotency-Key": "k"})

    again = add(till, order_id, custom(2), headers={"Idempotency-Key": "k"})

    assert (again.text, again.headers["idempotent-replayed"]) == (first.text, "true")
    assert till.get(order_id).json["total"] == 3


def test_many_variants_are_added_in_steps(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    small_steps(monkeypatch)
    variants = many_variants(till, 5, stock="3")
    order_id = till.sell(custom(1)).json["id"]

    assert add(till, order_id, *map(piece, variants)).json["total"] == 501
    assert set(levels(till).values()) == {"2"}
    assert drafts() == []


def test_what_is_paid_stays_and_the_rest_is_due(till: Till) -> None:
    order = till.sell(custom(10_000), payments=[{"method": "cash", "amount": 10_000, "tendered": 20_000}]).json

    grown = add(till, order["id"], custom(500)).json

    assert grown["payments"] == order["payments"]
    assert (grown["payment_status"], grown["paid"], grown["amount_due"]) == ("partly_paid", 10_000, 500)
    assert grown["change"] == 10_000


@pytest.mark.parametrize("close", [Till.cancel, lambda till, id: till.move(id, "completed")])
def test_a_closed_order_is_not_added_to(till: Till, close: Any) -> None:
    order_id = till.sell(custom()).json["id"]
    close(till, order_id)
    before = stored()

    reply = add(till, order_id, custom())

    assert (reply.status, reply.code) == (409, "order.not_open")
    assert stored() == before


def test_bad_lines_are_refused_by_their_pointers(till: Till) -> None:
    order_id = till.sell(*[custom(1)] * 499).json["id"]
    before = stored()

    replies = [
        add(till, order_id, custom(), custom(tax_ids=("tax_unknown",))),
        add(till, order_id, piece("var_unknown")),
        add(till, order_id, custom(quantity="0")),
        add(till, order_id),
        add(till, order_id, custom(), custom()),
    ]

    assert [(reply.status, reply.code, reply.pointers[0]) for reply in replies] == [
        (422, "order.too_many_lines", "/lines"),
        (422, "variant.unknown", "/lines/0/variant_id"),
        (422, "request.invalid", "/lines/0/quantity"),
        (422, "request.invalid", "/lines"),
        (422, "order.too_many_lines", "/lines"),
    ]
    unknown = add(till, order_id, custom(tax_ids=("tax_unknown",)))
    assert (unknown.code, unknown.pointers) == ("tax.unknown", ["/lines/0/custom/tax_ids/0"])
    assert stored() == before


def test_another_merchants_order_does_not_exist(till: Till) -> None:
    order_id = till.sell(custom()).json["id"]

    reply = add(Till(Shop.open()), order_id, custom())

    assert (reply.status, reply.code) == (404, "order.not_found")
