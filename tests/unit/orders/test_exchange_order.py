"""exchange_order"""

from typing import Any

import pytest

from orders import exchange_order
from shifts import get_shift, open_shift
from tests.support.contract import assert_refuses_what_is_no_body, events_of
from tests.support.samples import sample
from tests.support.shop import Reply, Shop, send
from tests.unit.orders.till import Json, Till, custom, piece, stored

BACK = [{"line_id": "lin_1", "quantity": "1"}]


@pytest.fixture
def till(shop: Shop) -> Till:
    """Someone who sells in a shop."""
    return Till(shop)


def sold(till: Till, *lines: Json, method: str = "cash", **fields: Any) -> str:
    """A completed order of these lines, paid whole; its id."""
    total = till.preview(*lines).json["total"]
    made = till.sell(*lines, payments=[{"method": method, "amount": total}], complete=True, **fields)
    assert made.status == 201, made.text
    return str(made.json["id"])


def exchange(till: Till, order_id: str, *lines: Json, pays: list[Json] | None = None, **request: Any) -> Reply:
    """Bring back one of the first line for these lines."""
    options = {name: request.pop(name) for name in ("headers", "permissions") if name in request}
    new = till.body(*lines, complete=True, payments=pays or [])
    body = {"reason": "Too small", "lines": BACK, "order": new, **request}
    return till.shop.call(exchange_order.handler, body, id=order_id, **options)


def paid_by(order: Json) -> list[tuple[str, int]]:
    return [(one["method"], one["amount"]) for one in order["payments"]]


def given_back(order: Json) -> list[tuple[str, int]]:
    return [(one["method"], one["amount"]) for one in order["refunds"][-1]["tenders"]]


def test_the_sample_event_returns_and_sells_at_once(till: Till) -> None:
    order_id = sold(till, custom(10_000))

    reply = send(exchange_order.handler, sample("orders", "exchange_order", till.shop, id=order_id))

    assert reply.status == 201, reply.text
    assert paid_by(reply.json) == [("cash", 2_000), ("exchange", 10_000)]
    assert (reply.json["status"], reply.json["payment_status"]) == ("completed", "paid")
    old = till.get(order_id).json
    assert given_back(old) == [("exchange", 10_000)]
    assert old["refunds"][0]["tenders"][0]["reference"] == reply.json["id"]
    assert reply.json["payments"][1]["reference"] == order_id
    assert old["payment_status"] == "refunded"


def test_what_is_cheaper_gives_the_rest_back(till: Till) -> None:
    order_id = sold(till, custom(10_000), method="card")

    reply = exchange(till, order_id, custom(7_000))

    assert paid_by(reply.json) == [("exchange", 7_000)]
    assert given_back(till.get(order_id).json) == [("exchange", 7_000), ("card", 3_000)]


def test_the_rest_goes_back_as_the_request_says(till: Till) -> None:
    order_id = sold(till, custom(10_000), method="card")

    exchange(till, order_id, custom(7_000), tenders=[{"method": "cash", "amount": 3_000}])

    assert given_back(till.get(order_id).json) == [("exchange", 7_000), ("cash", 3_000)]


def test_stock_comes_back_and_goes_out(till: Till) -> None:
    small, large = till.product(stock="5"), till.product(stock="5")
    order_id = sold(till, piece(small))

    assert exchange(till, order_id, piece(large)).status == 201

    assert (till.on_hand(small), till.on_hand(large)) == ("5", "4")


def test_a_broken_piece_is_exchanged_for_another_of_its_kind(till: Till) -> None:
    variant = till.product(stock="5")
    order_id = sold(till, piece(variant))

    assert exchange(till, order_id, piece(variant)).code == "exchange.same_variant"
    assert exchange(till, order_id, piece(variant), restock=False).status == 201
    assert till.on_hand(variant) == "3"


def test_both_orders_tell_of_it(till: Till) -> None:
    order_id = sold(till, custom())

    new = exchange(till, order_id, custom()).json

    assert events_of(till.shop, order_id)[-1]["type"] == "order.refunded"
    told = [event["type"] for event in events_of(till.shop, new["id"])]
    assert told == ["order.created", "order.completed", "payment.created"]
    assert till.get(order_id).json["history"][-1]["order_id"] == new["id"]


def test_both_are_in_the_shift_and_the_drawer_has_the_difference(till: Till) -> None:
    shop = till.shop
    shift = shop.call(open_shift.handler, {"register_id": shop.register_id, "opening_float": {"total": 0}}).json
    order_id = sold(till, custom(10_000), register_id=shop.register_id)
    new = till.body(custom(12_000), complete=True, payments=[{"method": "cash", "amount": 2_000}])
    new["register_id"] = shop.register_id

    reply = shop.call(exchange_order.handler, {"reason": "Small", "lines": BACK, "order": new}, id=order_id)

    assert reply.status == 201, reply.text
    assert expected_cash(shift["id"]) == 12_000
    assert shop.call(get_shift.handler, id=shift["id"]).json["status"] == "open"


def expected_cash(shift_id: str) -> int:
    """What the drawer should hold, as the shift's item counts it."""
    [item] = [one for one in stored()["test-shifts"] if one["pk"]["S"].endswith(shift_id) and one["sk"]["S"] == "shift"]
    return int(item["expected_cash"]["N"])


def test_it_happens_once(till: Till) -> None:
    order_id = sold(till, custom(10_000, "2"))
    headers = {"Idempotency-Key": "exchange-1"}

    first, again = (exchange(till, order_id, custom(), headers=headers) for _ in range(2))

    assert (first.status, first.text, again.headers["idempotent-replayed"]) == (201, again.text, "true")
    assert len(till.get(order_id).json["refunds"]) == 1


def test_who_may_refund_may_exchange(till: Till) -> None:
    order_id = sold(till, custom(10_000, "2"))

    assert exchange(till, order_id, custom(), permissions="orders:write").code == "auth.forbidden"
    assert exchange(till, order_id, custom(), permissions="orders:refund").status == 201


def test_a_stale_version_is_refused(till: Till) -> None:
    order_id = sold(till, custom(10_000, "2"))
    assert exchange(till, order_id, custom(), headers={"If-Match": "1"}).status == 201
    assert exchange(till, order_id, custom(), headers={"If-Match": "1"}).status == 412


@pytest.mark.parametrize(
    ("code", "pointer", "change"),
    [
        ("line.unknown", "/lines/0/line_id", {"lines": [{"line_id": "lin_9", "quantity": "1"}]}),
        ("refund.quantity_exceeded", "/lines/0/quantity", {"lines": [{"line_id": "lin_1", "quantity": "2"}]}),
        ("payment.overpaid", "/order/payments", {"pays": [{"method": "card", "amount": 1}]}),
        ("request.invalid", "/lines", {"lines": []}),
    ],
)
def test_what_cannot_be_exchanged_is_refused_and_changes_nothing(
    till: Till, code: str, pointer: str, change: Json
) -> None:
    order_id = sold(till, custom())
    before = stored()

    reply = exchange(till, order_id, custom(), **change)

    assert (reply.status, reply.code, reply.pointers) == (422, code, [pointer])
    assert stored() == before


def test_what_is_out_of_stock_changes_neither_order(till: Till) -> None:
    variant = till.product(stock="1", stock_policy="block")
    order_id = sold(till, custom(20_000))
    before = stored()

    reply = exchange(till, order_id, piece(variant, "2"))

    assert (reply.status, reply.code, reply.pointers) == (409, "stock.insufficient", ["/order/lines/0/quantity"])
    assert stored() == before


def test_an_open_order_and_another_merchants_are_not_exchanged(till: Till) -> None:
    ticket = till.sell(custom()).json["id"]
    assert exchange(till, ticket, custom()).code == "order.not_refundable"
    assert exchange(till, sold(Till(Shop.open()), custom()), custom()).code == "order.not_found"
    assert_refuses_what_is_no_body(till.shop, exchange_order.handler, id=ticket)


def test_nobody_pays_by_exchange_in_words(till: Till) -> None:
    assert till.sell(custom(), payments=[{"method": "exchange", "amount": 10_000}]).code == "request.invalid"
