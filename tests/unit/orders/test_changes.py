"""What all operations that change an open order promise alike"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from orders import (
    add_order_lines,
    merge_orders,
    remove_order_line,
    split_order,
    update_order,
    update_order_line,
)
from pos.http import Operation
from pos.money import MAX_AMOUNT
from tests.support.contract import assert_happens_once, assert_needs, assert_refuses_what_is_no_body
from tests.support.shop import Reply, Shop
from tests.unit.orders.till import Json, Till, at_each_transaction, custom, piece, stored


@dataclass(frozen=True)
class Ticket:
    """An open order of four things, `lin_1` to `lin_4`, and the request that changes it."""

    till: Till
    id: str
    handler: Operation[Any, Any]
    make_body: Callable[[Till], Any]

    @property
    def path(self) -> dict[str, str]:
        return {"id": self.id, "line_id": "lin_1"}

    def body(self) -> Any:
        return self.make_body(self.till)

    def send(self, body: Any, **request: Any) -> Reply:
        return self.till.shop.call(self.handler, body, path=self.path, **request)


def split_off(quantity: str) -> Json:
    return {"lines": [{"line_id": "lin_2", "quantity": quantity}]}


OPERATIONS: dict[str, tuple[Operation[Any, Any], Callable[[Till], Any]]] = {
    "add": (add_order_lines.handler, lambda _: {"lines": [custom(500)]}),
    "change a line": (update_order_line.handler, lambda _: {"note": "hot"}),
    "remove": (remove_order_line.handler, lambda _: None),
    "change": (update_order.handler, lambda _: {"name": "Table 4"}),
    "split": (split_order.handler, lambda _: split_off("1")),
    "merge": (merge_orders.handler, lambda till: {"from_order_id": till.sell(custom(700)).json["id"]}),
}
OTHER_BODIES: dict[str, Callable[[Till], Any]] = {
    "add": lambda _: {"lines": [custom(501)]},
    "change a line": lambda _: {"note": None},
    "change": lambda _: {"name": "Table 5"},
    "split": lambda _: split_off("2"),
    "merge": OPERATIONS["merge"][1],
}


def open_ticket(till: Till, name: str) -> Ticket:
    lines = [custom(1_000), custom(1_000, "3"), custom(1_000, "0.5"), custom(1_000)]
    return Ticket(till, till.sell(*lines).json["id"], *OPERATIONS[name])


@pytest.fixture(params=OPERATIONS)
def ticket(till: Till, request: pytest.FixtureRequest) -> Ticket:
    return open_ticket(till, request.param)


def test_they_need_their_permission(ticket: Ticket) -> None:
    assert_needs("orders:write", ticket.till.shop, ticket.handler, ticket.body(), path=ticket.path)


@pytest.mark.parametrize("name", OTHER_BODIES)
def test_a_repeat_changes_once(till: Till, name: str) -> None:
    ticket = open_ticket(till, name)
    assert_happens_once(till.shop, ticket.handler, ticket.body(), OTHER_BODIES[name](till), path=ticket.path)


def test_a_repeat_removes_once(till: Till) -> None:
    ticket, key = open_ticket(till, "remove"), {"Idempotency-Key": "k"}
    first = ticket.send(None, headers=key)

    again = ticket.send(None, headers=key)

    assert (again.status, again.text, again.headers["idempotent-replayed"]) == (200, first.text, "true")
    other = till.shop.call(ticket.handler, path=ticket.path | {"line_id": "lin_2"}, headers=key)
    assert (other.status, other.code) == (422, "idempotency.mismatch")
    assert len(till.get(ticket.id).json["lines"]) == 3


@pytest.mark.parametrize("name", OTHER_BODIES)
def test_what_is_no_body_is_refused(till: Till, name: str) -> None:
    ticket = open_ticket(till, name)
    before = stored()

    assert_refuses_what_is_no_body(till.shop, ticket.handler, path=ticket.path)

    assert stored() == before


def test_a_stale_version_is_refused(ticket: Ticket) -> None:
    body, before = ticket.body(), stored()

    reply = ticket.send(body, headers={"If-Match": '"2"'})

    assert (reply.status, reply.code) == (412, "request.stale_version")
    assert stored() == before


def test_a_version_that_becomes_stale_meanwhile_is_refused(ticket: Ticket, monkeypatch: pytest.MonkeyPatch) -> None:
    body, others = ticket.body(), ["Table 1"]

    def overtake() -> None:
        if others:
            ticket.till.shop.call(update_order.handler, {"name": others.pop()}, id=ticket.id)

    at_each_transaction(monkeypatch, before=overtake)

    reply = ticket.send(body, headers={"If-Match": '"1"'})

    assert (reply.status, reply.code) == (412, "request.stale_version")
    assert ticket.till.get(ticket.id).json["version"] == 2


def test_without_a_version_whoever_is_overtaken_does_it_again(ticket: Ticket, monkeypatch: pytest.MonkeyPatch) -> None:
    body, others = ticket.body(), [{"tip": 5}]

    def overtake() -> None:
        if others:
            ticket.till.shop.call(update_order.handler, others.pop(), id=ticket.id)

    at_each_transaction(monkeypatch, before=overtake)

    assert ticket.send(body).status < 300
    order = ticket.till.get(ticket.id).json
    assert (order["version"], order["tip"]) == (3, 5)


@pytest.mark.parametrize("close", [Till.cancel, lambda till, id: till.move(id, "completed")])
def test_what_is_closed_stays_as_it_is(ticket: Ticket, close: Any) -> None:
    body = ticket.body()
    close(ticket.till, ticket.id)
    before = stored()

    reply = ticket.send(body)

    assert (reply.status, reply.code) == (409, "order.not_open")
    assert stored() == before


def test_another_merchants_order_does_not_exist(ticket: Ticket) -> None:
    other = Shop.open()
    body, before = ticket.body(), stored()

    replies = [
        other.call(ticket.handler, body, path=ticket.path),
        ticket.till.shop.call(ticket.handler, body, path=ticket.path | {"id": "ord_unknown"}),
    ]

    assert [(reply.status, reply.code) for reply in replies] == [(404, "order.not_found")] * 2
    assert stored() == before


def test_another_merchants_order_is_not_merged(till: Till) -> None:
    mine, theirs = till.sell(custom()).json["id"], Till(Shop.open()).sell(custom()).json["id"]
    before = stored()

    reply = till.shop.call(merge_orders.handler, {"from_order_id": theirs}, id=mine)

    assert (reply.status, reply.code) == (404, "order.not_found")
    assert stored() == before


def test_another_merchants_goods_are_not_added(till: Till) -> None:
    theirs = Till(Shop.open())
    ids = {"variant_id": theirs.product(), "tax": theirs.tax()}
    theirs.product(sku="THEIRS", barcode="8991234500017")
    ticket = open_ticket(till, "add")
    before = stored()

    replies = [
        ticket.send({"lines": [line]})
        for line in (
            piece(ids["variant_id"]),
            {"sku": "THEIRS", "quantity": "1"},
            {"barcode": "8991234500017", "quantity": "1"},
            custom(tax_ids=(ids["tax"],)),
        )
    ]

    assert [(reply.status, *reply.pointers) for reply in replies] == [
        (422, "/lines/0/variant_id"),
        (422, "/lines/0/sku"),
        (422, "/lines/0/barcode"),
        (422, "/lines/0/custom/tax_ids/0"),
    ]
    assert stored() == before


@pytest.mark.parametrize(
    ("name", "body", "pointer"),
    [
        ("add", {"lines": "tea"}, "/lines"),
        ("add", {"lines": [5]}, "/lines/0"),
        ("add", {"lines": [custom(quantity="0")]}, "/lines/0/quantity"),
        ("add", {"lines": [custom(quantity="-1")]}, "/lines/0/quantity"),
        ("add", {"lines": [custom(quantity="0.1234")]}, "/lines/0/quantity"),
        ("add", {"lines": [custom() | {"quantity": 1}]}, "/lines/0/quantity"),
        ("add", {"lines": [custom(MAX_AMOUNT + 1)]}, "/lines/0/custom/price"),
        ("add", {"lines": [custom(-1)]}, "/lines/0/custom/price"),
        ("add", {"lines": [{"custom": {"name": "x", "price": 1.5}, "quantity": "1"}]}, "/lines/0/custom/price"),
        ("add", {"lines": [custom(discounts=[{"percent": "101"}])]}, "/lines/0/discounts/0/percent"),
        ("add", {"lines": [custom(), custom(100, discounts=[{"amount": 101}])]}, "/lines/1/discounts/0"),
        ("add", {"lines": [custom(), custom(1, modifiers=[{"name": "x", "price": -2}])]}, "/lines/1/price"),
        ("add", {"lines": [custom(), custom(MAX_AMOUNT, "2")]}, "/lines/1"),
        ("add", {"lines": [custom(MAX_AMOUNT)]}, "/lines"),
        ("add", {"lines": [custom()] * 501}, "/lines"),
        ("add", {"lines": [custom()] * 10_000}, "/lines"),
        ("change a line", {"quantity": "0"}, "/quantity"),
        ("change a line", {"quantity": 2}, "/quantity"),
        ("change a line", {"quantity": None}, "/quantity"),
        ("change a line", {"price": MAX_AMOUNT + 1}, "/price"),
        ("change a line", {"price": True}, "/price"),
        ("change a line", {"price": MAX_AMOUNT}, ""),
        ("change a line", {"price": MAX_AMOUNT, "quantity": "2"}, ""),
        ("change a line", {"discounts": [{"amount": 1_001}]}, "/discounts/0"),
        ("change a line", {"discounts": [{"amount": 1, "percent": "1"}]}, "/discounts/0"),
        ("change a line", {"discounts": {}}, "/discounts"),
        ("change a line", {"modifiers": [{"name": "x", "price": -1_001}]}, "/price"),
        ("change a line", {"modifiers": [{"id": "mod_unknown"}]}, "/modifiers/0/id"),
        ("change a line", {"note": "x" * 2_001}, "/note"),
        ("change", {"name": 4}, "/name"),
        ("change", {"name": ""}, "/name"),
        ("change", {"discounts": [{"percent": "0"}]}, "/discounts/0/percent"),
        ("change", {"discounts": [{"amount": 5_501}]}, "/discounts/0"),
        ("change", {"discounts": [{"amount": 1}] * 21}, "/discounts"),
        ("change", {"service_charges": [{"percent": "5", "taxable": "yes"}]}, "/service_charges/0/taxable"),
        ("change", {"tip": -1}, "/tip"),
        ("change", {"tip": "5"}, "/tip"),
        ("change", {"tip": MAX_AMOUNT}, ""),
        ("change", {"tip": None}, "/tip"),
        ("split", {"lines": []}, "/lines"),
        ("split", {"lines": [{"line_id": 1, "quantity": "1"}]}, "/lines/0/line_id"),
        ("split", split_off("0"), "/lines/0/quantity"),
        ("split", split_off("0.0005"), "/lines/0/quantity"),
        ("split", split_off("3.001"), "/lines/0/quantity"),
        ("split", {"lines": [{"line_id": "lin_2", "quantity": "1"}] * 2}, "/lines/1/line_id"),
        ("merge", {"from_order_id": None}, "/from_order_id"),
        ("merge", {"from_order_id": "4711"}, "/from_order_id"),
        ("merge", {"from_order_id": "ord_" + "x" * 65}, "/from_order_id"),
    ],
)
def test_bad_input_is_refused_by_its_place_in_the_request(till: Till, name: str, body: Json, pointer: str) -> None:
    ticket = open_ticket(till, name)
    before = stored()

    reply = ticket.send(body)

    assert (reply.status, reply.pointers[0]) == (422, pointer)
    assert stored() == before


def test_too_much_for_one_order_is_not_merged(till: Till) -> None:
    many = [till.sell(*[custom(1)] * 300).json["id"] for _ in range(2)]
    dear = [till.sell(custom(MAX_AMOUNT)).json["id"] for _ in range(2)]

    replies = [till.shop.call(merge_orders.handler, {"from_order_id": one}, id=into) for into, one in (many, dear)]

    assert [(reply.status, reply.code, *reply.pointers) for reply in replies] == [
        (422, "order.too_many_lines", "/from_order_id"),
        (422, "order.amount_too_large", "/from_order_id"),
    ]


def test_stock_that_is_lacking_is_named_by_the_line_that_asks_for_it(till: Till) -> None:
    variant = till.product(stock="5", stock_policy="block")
    order_id: str = till.sell(piece(variant), custom(), piece(variant)).json["id"]
    before = stored()

    added = till.shop.call(add_order_lines.handler, {"lines": [custom(), piece(variant, "4")]}, id=order_id)
    changed = till.shop.call(update_order_line.handler, {"quantity": "5"}, path={"id": order_id, "line_id": "lin_1"})

    assert [(reply.status, reply.code, *reply.pointers) for reply in (added, changed)] == [
        (409, "stock.insufficient", "/lines/1/quantity"),
        (409, "stock.insufficient", "/quantity"),
    ]
    assert stored() == before


def test_a_discount_that_becomes_too_large_is_named_though_it_is_not_in_the_request(till: Till) -> None:
    order_id = till.sell(custom(1_000), custom(500), discounts=[{"name": "Voucher", "amount": 800}]).json["id"]
    before = stored()

    removed = till.shop.call(remove_order_line.handler, path={"id": order_id, "line_id": "lin_1"})

    assert (removed.status, removed.code, removed.pointers) == (422, "order.discount_too_large", [])
    assert "Voucher" in removed.json["detail"]
    assert stored() == before
