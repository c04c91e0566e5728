"""create_transfer"""

import json

import pytest

from inventory import create_transfer, list_levels
from staff import update_merchant
from tests.support.contract import assert_happens_once, assert_needs, assert_refuses_what_is_no_body, events_of
from tests.support.samples import sample
from tests.support.shop import Shop, send
from tests.unit.inventory.stockroom import another_location, at_cost, level, receive, transfer
from tests.unit.orders.till import Json, Till, at_each_transaction, many_variants, piece, stored


@pytest.fixture
def elsewhere(till: Till) -> str:
    return another_location(till)


def test_the_sample_event_sends(till: Till, elsewhere: str) -> None:
    variant = till.product()
    receive(till, at_cost(variant, "20", "150.5"))
    text = json.dumps(sample("inventory", "create_transfer", till.shop))
    event = json.loads(text.replace("var_sample", variant).replace("loc_other", elsewhere))

    made = send(create_transfer.handler, event)

    assert (made.status, made.json["status"], made.json["actor"]) == (201, "in_transit", "key_sample")
    assert made.json["lines"] == [
        {"variant_id": variant, "quantity": "12", "unit_cost": "150.5", "received": None, "discrepancy": None}
    ]


def test_stock_leaves_at_once_and_is_nowhere_else_yet(till: Till, elsewhere: str) -> None:
    first, second = till.product(stock="5"), till.product(stock="5")

    transfer(till, elsewhere, piece(first, "2.5"), piece(second, "5"))

    assert (till.on_hand(first), till.on_hand(second)) == ("2.5", "0")
    assert till.shop.call(list_levels.handler, query={"location_id": elsewhere}).json["items"] == []


def test_its_event_carries_the_whole_transfer(till: Till, elsewhere: str) -> None:
    made = transfer(till, elsewhere, piece(till.product(stock="5"))).json

    [event] = events_of(till.shop, made["id"])

    assert (event["type"], event["data"]) == ("transfer.created", made)


@pytest.mark.parametrize("where", ["variant", "location", "merchant"])
def test_what_is_blocked_cannot_be_sent_when_it_is_not_there(till: Till, elsewhere: str, where: str) -> None:
    first = till.product(stock="5")
    origin = till.shop.location_id
    if where == "location":
        origin = another_location(till, stock_policy="block")
    if where == "merchant":
        till.shop.call(update_merchant.handler, {"stock_policy": "block"})
    second = till.product(stock_policy="block" if where == "variant" else None)
    receive(till, at_cost(first, "5", "10"), at_cost(second, "2", "10"), location_id=origin)
    before = stored()

    reply = transfer(till, elsewhere, piece(first), piece(second, "2.001"), from_location_id=origin)

    assert (reply.status, reply.code, reply.pointers) == (409, "stock.insufficient", ["/lines/1/quantity"])
    assert "Only 2 of" in reply.json["detail"]
    assert stored() == before
    assert transfer(till, elsewhere, piece(second, "2"), from_location_id=origin).status == 201


def test_what_was_never_there_cannot_be_sent_where_it_is_blocked(till: Till, elsewhere: str) -> None:
    reply = transfer(till, elsewhere, piece(till.product(stock_policy="block")))

    assert (reply.status, reply.code) == (409, "stock.insufficient")


def test_what_is_allowed_below_zero_is_sent(till: Till, elsewhere: str) -> None:
    variant = till.product(stock_policy="warn")

    assert transfer(till, elsewhere, piece(variant, "2")).status == 201
    assert till.on_hand(variant) == "-2"


def test_sales_meanwhile_do_not_disturb_it(till: Till, elsewhere: str, monkeypatch: pytest.MonkeyPatch) -> None:
    variant = till.product(stock="10", stock_policy="block")
    transactions = 0
    sales = iter([piece(variant, "3")])

    def sell_meanwhile() -> None:
        nonlocal transactions
        transactions += 1
        for line in sales:
            till.sell(line)

    with monkeypatch.context() as racing:
        at_each_transaction(racing, before=sell_meanwhile)
        made = transfer(till, elsewhere, piece(variant, "7"))

    assert (made.status, till.on_hand(variant), transactions) == (201, "0", 2)


def test_it_leaves_at_the_cost_of_the_moment_that_it_leaves(
    till: Till, elsewhere: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    variant = till.product()
    receive(till, at_cost(variant, "10", "100"))
    deliveries = iter([at_cost(variant, "10", "200")])

    def receive_meanwhile() -> None:
        for line in deliveries:
            receive(till, line)

    with monkeypatch.context() as racing:
        at_each_transaction(racing, before=receive_meanwhile)
        made = transfer(till, elsewhere, piece(variant, "7"))

    assert made.json["lines"][0]["unit_cost"] == "150"
    assert level(till, variant)["on_hand"] == "13"


@pytest.mark.slow
def test_it_takes_as_many_lines_as_it_says(till: Till, elsewhere: str) -> None:
    variants = many_variants(till, 90, stock="1")

    made = transfer(till, elsewhere, *map(piece, variants), headers={"Idempotency-Key": "k-1"})

    assert made.status == 201


@pytest.mark.parametrize(
    ("fields", "code", "pointer"),
    [
        ({"to_location_id": "origin"}, "transfer.same_location", "/to_location_id"),
        ({"to_location_id": "loc_unknown"}, "location.unknown", "/to_location_id"),
        ({"to_location_id": "theirs"}, "location.unknown", "/to_location_id"),
        ({"from_location_id": "loc_unknown"}, "location.unknown", "/from_location_id"),
        ({"from_location_id": "theirs"}, "location.unknown", "/from_location_id"),
        ({"lines": []}, "request.invalid", "/lines"),
        ({"lines": [piece("var_sample")] * 91}, "request.invalid", "/lines"),
        ({"lines": [piece("var_unknown")]}, "variant.unknown", "/lines/0/variant_id"),
        ({"lines": [piece("var_sample", "0")]}, "request.invalid", "/lines/0/quantity"),
        ({"lines": [piece("var_sample", "0.0001")]}, "request.invalid", "/lines/0/quantity"),
    ],
)
def test_what_makes_no_sense_is_refused_by_its_field(
    till: Till, elsewhere: str, fields: Json, code: str, pointer: str
) -> None:
    ids = {"origin": till.shop.location_id, "theirs": Shop.open().location_id}
    line = piece(till.product(stock="5"))
    before = stored()

    body = {"from_location_id": till.shop.location_id, "to_location_id": elsewhere, "lines": [line], **fields}
    reply = till.shop.call(create_transfer.handler, {name: ids.get(str(value), value) for name, value in body.items()})

    assert (reply.status, reply.code, reply.pointers) == (422, code, [pointer])
    assert stored() == before


def test_it_keeps_the_contract_of_writes(till: Till, elsewhere: str) -> None:
    variant = till.product(stock="10")
    lines = [piece(variant, "2")]
    body = {"from_location_id": till.shop.location_id, "to_location_id": elsewhere, "lines": lines}

    assert_needs("inventory:write", till.shop, create_transfer.handler, body)
    assert_happens_once(till.shop, create_transfer.handler, body, {**body, "note": "Another"})
    assert_refuses_what_is_no_body(till.shop, create_transfer.handler)
    assert till.on_hand(variant) == "6"
