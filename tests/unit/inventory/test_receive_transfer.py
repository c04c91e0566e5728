"""receive_transfer"""

import json

import pytest

from inventory import cancel_transfer, receive_transfer
from tests.support.contract import assert_happens_once, assert_needs, assert_refuses_what_is_no_body, events_of
from tests.support.samples import sample
from tests.support.shop import Reply, Shop, send
from tests.unit.inventory.stockroom import another_location, at_cost, level, receive, transfer
from tests.unit.orders.till import Json, Till, at_each_transaction, piece, stored


@pytest.fixture
def elsewhere(till: Till) -> str:
    return another_location(till)


def arrive(till: Till, transfer_id: str, *lines: Json, version: int | None = None) -> Reply:
    headers = {"If-Match": str(version)} if version else None
    return till.shop.call(receive_transfer.handler, {"lines": lines}, id=transfer_id, headers=headers)


def test_the_sample_event_receives_and_what_is_missing_stays_visible(till: Till, elsewhere: str) -> None:
    variant = till.product(stock="12")
    sent = transfer(till, elsewhere, piece(variant, "12")).json["id"]
    event = sample("inventory", "receive_transfer", till.shop, id=sent)

    reply = send(receive_transfer.handler, json.loads(json.dumps(event).replace("var_sample", variant)))

    assert (reply.status, reply.json["status"], reply.json["received_by"]) == (200, "received", "key_sample")
    [line] = reply.json["lines"]
    assert (line["quantity"], line["received"], line["discrepancy"]) == ("12", "11", "-1")
    assert (level(till, variant)["on_hand"], level(till, variant, elsewhere)["on_hand"]) == ("0", "11")


def test_without_a_count_all_that_was_sent_arrived(till: Till, elsewhere: str) -> None:
    first, second = till.product(stock="5"), till.product(stock="5")
    sent = transfer(till, elsewhere, piece(first, "2.5"), piece(second)).json["id"]

    reply = arrive(till, sent, {"variant_id": second, "quantity": "1.5"})

    assert [(one["received"], one["discrepancy"]) for one in reply.json["lines"]] == [("2.5", "0"), ("1.5", "0.5")]
    assert (level(till, first, elsewhere)["on_hand"], level(till, second, elsewhere)["on_hand"]) == ("2.5", "1.5")


def test_nothing_may_arrive(till: Till, elsewhere: str) -> None:
    variant = till.product(stock="5")
    sent = transfer(till, elsewhere, piece(variant, "5")).json["id"]

    reply = arrive(till, sent, {"variant_id": variant, "quantity": "0"})

    assert (reply.status, reply.json["lines"][0]["discrepancy"]) == (200, "-5")
    assert till.on_hand(variant) == "0"


def test_its_cost_travels_with_it(till: Till, elsewhere: str) -> None:
    variant = till.product()
    receive(till, at_cost(variant, "10", "100"))
    receive(till, at_cost(variant, "10", "400"), location_id=elsewhere)
    sent = transfer(till, elsewhere, piece(variant, "5")).json["id"]
    receive(till, at_cost(variant, "5", "900"))

    arrive(till, sent)

    assert level(till, variant)["average_cost"] == "500"
    there = level(till, variant, elsewhere)
    assert (there["on_hand"], there["average_cost"], there["value"]) == ("15", "300", 4500)


def test_what_came_without_a_known_cost_arrives_at_that_of_the_place(till: Till, elsewhere: str) -> None:
    variant = till.product(stock="10")
    receive(till, at_cost(variant, "10", "400"), location_id=elsewhere)
    sent = transfer(till, elsewhere, piece(variant, "5")).json["id"]

    arrive(till, sent)

    assert level(till, variant, elsewhere)["value"] == 6000


def test_a_sale_at_the_destination_meanwhile_makes_the_average_anew(
    till: Till, elsewhere: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    variant = till.product()
    receive(till, at_cost(variant, "5", "100"))
    receive(till, at_cost(variant, "10", "400"), location_id=elsewhere)
    sent = transfer(till, elsewhere, piece(variant, "5")).json["id"]
    sales = iter([piece(variant, "5")])

    def sell_meanwhile() -> None:
        for line in sales:
            till.sell(line, location_id=elsewhere)

    with monkeypatch.context() as racing:
        at_each_transaction(racing, before=sell_meanwhile)
        arrive(till, sent)

    there = level(till, variant, elsewhere)
    assert (there["on_hand"], there["average_cost"]) == ("10", "250")


def test_each_version_has_its_event(till: Till, elsewhere: str) -> None:
    sent = transfer(till, elsewhere, piece(till.product(stock="5"))).json
    received = arrive(till, sent["id"], version=1).json

    events = events_of(till.shop, sent["id"])

    assert [event["type"] for event in events] == ["transfer.created", "transfer.received"]
    assert [event["data"] for event in events] == [sent, received]


@pytest.mark.parametrize("other", [receive_transfer, cancel_transfer])
def test_it_arrives_once(till: Till, elsewhere: str, other: object) -> None:
    variant = till.product(stock="5")
    sent = transfer(till, elsewhere, piece(variant, "5")).json["id"]
    assert arrive(till, sent).status == 200
    before = stored()

    reply = till.shop.call(other.handler, {}, id=sent)  # type: ignore[attr-defined]

    assert (reply.status, reply.code) == (409, "transfer.not_in_transit")
    assert stored() == before


def test_of_two_who_receive_it_at_once_one_does(till: Till, elsewhere: str, monkeypatch: pytest.MonkeyPatch) -> None:
    variant = till.product(stock="5")
    sent = transfer(till, elsewhere, piece(variant, "5")).json["id"]
    others = iter([sent])

    def receive_meanwhile() -> None:
        for one in others:
            assert arrive(till, one).status == 200

    with monkeypatch.context() as racing:
        at_each_transaction(racing, before=receive_meanwhile)
        reply = arrive(till, sent)

    assert (reply.status, reply.code) == (409, "request.conflict")
    assert level(till, variant, elsewhere)["on_hand"] == "5"


def test_a_stale_version_is_refused(till: Till, elsewhere: str) -> None:
    sent = transfer(till, elsewhere, piece(till.product(stock="5"))).json["id"]

    assert arrive(till, sent, version=2).status == 412


@pytest.mark.parametrize(
    ("lines", "code", "pointer"),
    [
        (["other"], "variant.not_sent", "/lines/0/variant_id"),
        (["sent", "sent"], "variant.repeated", "/lines/1/variant_id"),
    ],
)
def test_a_count_that_does_not_fit_is_refused(
    till: Till, elsewhere: str, lines: list[str], code: str, pointer: str
) -> None:
    ids = {"sent": till.product(stock="5"), "other": till.product(stock="5")}
    sent = transfer(till, elsewhere, piece(ids["sent"])).json["id"]

    reply = arrive(till, sent, *(piece(ids[name]) for name in lines))

    assert (reply.status, reply.code, reply.pointers) == (422, code, [pointer])


@pytest.mark.parametrize("quantity", ["-1", "0.0001", 1, ""])
def test_a_count_is_a_decimal_not_below_zero(till: Till, elsewhere: str, quantity: object) -> None:
    variant = till.product(stock="5")
    sent = transfer(till, elsewhere, piece(variant)).json["id"]

    reply = arrive(till, sent, {"variant_id": variant, "quantity": quantity})

    assert (reply.status, reply.pointers) == (422, ["/lines/0/quantity"])


def test_what_is_not_there_or_another_merchants_is_not_found(till: Till, elsewhere: str) -> None:
    sent = transfer(till, elsewhere, piece(till.product(stock="5"))).json["id"]

    for shop, id in ((till.shop, "trf_unknown"), (Shop.open(), sent)):
        reply = shop.call(receive_transfer.handler, {}, id=id)
        assert (reply.status, reply.code) == (404, "transfer.not_found")


def test_it_keeps_the_contract_of_writes(till: Till, elsewhere: str) -> None:
    variant = till.product(stock="5")
    first, second = (transfer(till, elsewhere, piece(variant)).json["id"] for _ in range(2))
    counted = {"lines": [piece(variant, "3")]}

    assert_needs("inventory:write", till.shop, receive_transfer.handler, {}, id=first)
    assert_happens_once(till.shop, receive_transfer.handler, counted, {}, id=second, headers={"If-Match": "1"})
    assert_refuses_what_is_no_body(till.shop, receive_transfer.handler, id=first)
    assert level(till, variant, elsewhere)["on_hand"] == "4"
