"""record_count_lines"""

import json

import pytest

from inventory import cancel_count, record_count_lines
from tests.support.contract import assert_needs, assert_refuses_what_is_no_body
from tests.support.samples import sample
from tests.support.shop import Shop, send
from tests.unit.inventory.stockroom import begin_count, complete, found
from tests.unit.orders.till import Json, Till, at_each_transaction, many_variants, piece, set_clock, stored


def test_the_sample_event_is_held_against_the_level_of_the_moment(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    variant = till.product(stock="30")
    count = begin_count(till, variant).json["id"]
    till.sell(piece(variant, "5"))
    event = sample("inventory", "record_count_lines", till.shop, id=count)
    set_clock(monkeypatch, "2026-11-24T09:30:00Z")

    reply = send(record_count_lines.handler, json.loads(json.dumps(event).replace("var_sample", variant)))

    assert (reply.status, reply.json["lines"]) == (
        200,
        [
            {
                "variant_id": variant,
                "expected": "25",
                "counted": "23",
                "difference": "-2",
                "counted_at": "2026-11-24T09:30:00.000Z",
                "counted_by": "key_sample",
            }
        ],
    )
    assert till.on_hand(variant) == "25"


def test_a_blind_count_tells_nothing_while_it_is_counted(till: Till) -> None:
    variant = till.product(stock="30")
    count = begin_count(till, variant, blind=True).json["id"]

    [line] = found(till, count, piece(variant, "28")).json["lines"]

    assert (line["expected"], line["difference"], line["counted"]) == (None, None, "28")


def test_who_counts_again_counts_anew(till: Till) -> None:
    variant = till.product(stock="30")
    count = begin_count(till, variant).json["id"]
    found(till, count, piece(variant, "20"))
    till.sell(piece(variant, "1"))
    found(till, count, piece(variant, "28.5"))

    complete(till, count)

    assert till.on_hand(variant) == "28.5"


def test_a_sale_while_it_is_recorded_makes_no_difference(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    variant = till.product(stock="30")
    count = begin_count(till, variant).json["id"]
    sales = iter([piece(variant, "4")])

    def sell_meanwhile() -> None:
        for line in sales:
            till.sell(line)

    with monkeypatch.context() as racing:
        at_each_transaction(racing, before=sell_meanwhile)
        found(till, count, piece(variant, "29"))
    complete(till, count)

    assert till.on_hand(variant) == "25"


def test_the_same_key_records_once(till: Till) -> None:
    variant = till.product(stock="30")
    count = begin_count(till, variant).json["id"]
    headers = {"Idempotency-Key": "k-1"}
    first = found(till, count, piece(variant, "20"), headers=headers)
    found(till, count, piece(variant, "25"))
    before = stored()

    again = found(till, count, piece(variant, "20"), headers=headers)
    other = found(till, count, piece(variant, "21"), headers=headers)

    assert (again.text, again.headers["idempotent-replayed"]) == (first.text, "true")
    assert (other.status, other.code) == (422, "idempotency.mismatch")
    assert stored() == before


def test_it_takes_as_many_lines_as_it_says(till: Till) -> None:
    variants = many_variants(till, 90)
    count = begin_count(till, *variants).json["id"]

    reply = found(till, count, *map(piece, variants), headers={"Idempotency-Key": "k-1"})

    assert (reply.status, len(reply.json["lines"])) == (200, 90)


@pytest.mark.parametrize(
    ("lines", "code", "pointer"),
    [
        ([], "request.invalid", "/lines"),
        ([piece("counted")] * 91, "request.invalid", "/lines"),
        ([piece("other")], "variant.not_on_count", "/lines/0/variant_id"),
        ([piece("counted"), piece("counted")], "variant.repeated", "/lines/1/variant_id"),
        ([piece("counted", "-1")], "request.invalid", "/lines/0/quantity"),
        ([piece("counted", "0.0001")], "request.invalid", "/lines/0/quantity"),
    ],
)
def test_what_makes_no_sense_is_refused_by_its_field(till: Till, lines: list[Json], code: str, pointer: str) -> None:
    ids = {"counted": till.product(stock="5"), "other": till.product(stock="5")}
    count = begin_count(till, ids["counted"]).json["id"]
    before = stored()

    reply = found(till, count, *({**line, "variant_id": ids[line["variant_id"]]} for line in lines))

    assert (reply.status, reply.code, reply.pointers) == (422, code, [pointer])
    assert stored() == before


@pytest.mark.parametrize("meanwhile", [False, True])
@pytest.mark.parametrize("end", ["complete", "cancel"])
def test_nothing_is_recorded_once_the_count_is_over(
    till: Till, monkeypatch: pytest.MonkeyPatch, end: str, meanwhile: bool
) -> None:
    variant = till.product(stock="5")
    count = begin_count(till, variant).json["id"]
    ends = iter([end])

    def finish() -> None:
        for one in ends:
            ended = complete(till, count) if one == "complete" else till.shop.call(cancel_count.handler, {}, id=count)
            assert ended.status == 200

    if not meanwhile:
        finish()
    with monkeypatch.context() as racing:
        at_each_transaction(racing, before=finish)
        reply = found(till, count, piece(variant, "3"))

    assert (reply.status, reply.code) == (409, "count.not_open")
    assert till.on_hand(variant) == "5"


def test_what_is_not_there_or_another_merchants_is_not_found(till: Till) -> None:
    variant = till.product()
    count = begin_count(till, variant).json["id"]

    for shop, id in ((till.shop, "cnt_unknown"), (Shop.open(), count)):
        reply = found(Till(shop), id, piece(variant))
        assert (reply.status, reply.code) == (404, "count.not_found")


def test_it_keeps_the_contract_of_writes(till: Till) -> None:
    variant = till.product()
    count = begin_count(till, variant).json["id"]

    assert_needs("inventory:write", till.shop, record_count_lines.handler, {"lines": [piece(variant)]}, id=count)
    assert_refuses_what_is_no_body(till.shop, record_count_lines.handler, id=count)
