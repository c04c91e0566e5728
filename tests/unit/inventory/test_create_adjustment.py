"""create_adjustment"""

import json
from typing import Any

import pytest

from inventory import create_adjustment
from tests.support.samples import sample
from tests.support.shop import Reply, Shop, send
from tests.unit.orders.till import Json, Killed, Till, at_each_transaction, piece, stored


def adjust(till: Till, *lines: Json, headers: dict[str, str] | None = None, **fields: Any) -> Reply:
    body = {"location_id": till.shop.location_id, "reason": "count", "lines": lines, **fields}
    return till.shop.call(create_adjustment.handler, body, headers=headers)


def test_the_sample_event_adjusts(till: Till) -> None:
    variant = till.product()
    event = json.loads(json.dumps(sample("inventory", "create_adjustment", till.shop)).replace("var_sample", variant))

    reply = send(create_adjustment.handler, event)

    assert (reply.status, reply.json["lines"]) == (201, [{"variant_id": variant, "quantity": "24"}])
    assert till.on_hand(variant) == "24"


def test_differences_are_added_exactly(till: Till) -> None:
    variant = till.product()

    for quantity in ("0.1", "0.2", "-0.001", "1000000", "-1000000"):
        assert adjust(till, piece(variant, quantity)).status == 201

    assert till.on_hand(variant) == "0.299"


def test_many_variants_change_together(till: Till) -> None:
    first, second = till.product(stock="5"), till.product()

    adjust(till, piece(first, "-2.5"), piece(second, "7"))

    assert (till.on_hand(first), till.on_hand(second)) == ("2.5", "7")


def test_a_count_may_find_less_than_nothing(till: Till) -> None:
    variant = till.product(stock_policy="block")

    adjust(till, piece(variant, "-3"))

    assert till.on_hand(variant) == "-3"


def test_the_answer_says_what_was_done_by_whom_and_why(till: Till) -> None:
    variant = till.product()

    made = adjust(till, piece(variant, "-1.50"), reason="theft", note="Seen on camera").json

    assert made["id"].startswith("adj_")
    assert (made["reason"], made["note"], made["actor"]) == ("theft", "Seen on camera", "key_test")
    assert made["lines"] == [{"variant_id": variant, "quantity": "-1.5"}]


@pytest.mark.parametrize(
    ("wrong", "code", "pointer"),
    [
        ({"variant_id": "var_unknown"}, "variant.unknown", "/lines/1/variant_id"),
        ({"variant_id": "untracked"}, "variant.not_tracked", "/lines/1/variant_id"),
        ({"variant_id": "first"}, "variant.repeated", "/lines/1/variant_id"),
        ({"variant_id": "theirs"}, "variant.unknown", "/lines/1/variant_id"),
        ({"quantity": "0"}, "adjustment.no_change", "/lines/1/quantity"),
        ({"quantity": "-0.000"}, "adjustment.no_change", "/lines/1/quantity"),
        ({"quantity": "0.0001"}, "request.invalid", "/lines/1/quantity"),
        ({"quantity": 1.5}, "request.invalid", "/lines/1/quantity"),
        ({"quantity": "NaN"}, "request.invalid", "/lines/1/quantity"),
        ({"quantity": "1000000001"}, "request.invalid", "/lines/1/quantity"),
        ({"on_hand": "3"}, "request.invalid", "/lines/1/on_hand"),
    ],
)
def test_one_line_that_is_wrong_is_named_and_none_is_applied(till: Till, wrong: Json, code: str, pointer: str) -> None:
    ids = {
        "first": till.product(stock="5"),
        "second": till.product(stock="5"),
        "untracked": till.product(track_stock=False),
        "theirs": Till(Shop.open()).product(),
    }
    line = {**piece(ids["second"]), **wrong}
    line["variant_id"] = ids.get(line["variant_id"], line["variant_id"])
    before = stored()

    reply = adjust(till, piece(ids["first"]), line, headers={"Idempotency-Key": "k-1"})

    assert (reply.status, reply.code, reply.pointers) == (422, code, [pointer])
    assert stored() == before


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"location_id": "loc_unknown"}, "/location_id"),
        ({"reason": "because"}, "/reason"),
        ({"lines": []}, "/lines"),
        ({"lines": [piece("var_sample")] * 91}, "/lines"),
    ],
)
def test_what_makes_no_sense_is_refused_by_its_field(till: Till, fields: Json, pointer: str) -> None:
    body = {"location_id": till.shop.location_id, "reason": "count", "lines": [piece(till.product())], **fields}
    before = stored()

    reply = till.shop.call(create_adjustment.handler, body)

    assert (reply.status, reply.pointers) == (422, [pointer])
    assert stored() == before


def test_another_merchants_location_does_not_exist(till: Till) -> None:
    reply = adjust(till, piece(till.product()), location_id=Shop.open().location_id)

    assert (reply.status, reply.code, reply.pointers) == (422, "location.unknown", ["/location_id"])


def test_a_crash_leaves_nothing_or_everything(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = till.product(stock="5"), till.product(stock="5")
    lines = (piece(first, "-1"), piece(second, "1"))

    def die() -> None:
        raise Killed

    with monkeypatch.context() as crashing:
        at_each_transaction(crashing, before=die)
        with pytest.raises(Killed):
            adjust(till, *lines, headers={"Idempotency-Key": "k-1"})
    assert (till.on_hand(first), till.on_hand(second)) == ("5", "5")

    with monkeypatch.context() as crashing:
        at_each_transaction(crashing, after=die)
        with pytest.raises(Killed):
            adjust(till, *lines, headers={"Idempotency-Key": "k-1"})
    assert (till.on_hand(first), till.on_hand(second)) == ("4", "6")

    assert adjust(till, *lines, headers={"Idempotency-Key": "k-1"}).headers["idempotent-replayed"] == "true"
    assert (till.on_hand(first), till.on_hand(second)) == ("4", "6")


def test_the_same_key_adjusts_once(till: Till) -> None:
    variant = till.product()
    first = adjust(till, piece(variant), headers={"Idempotency-Key": "k-1"})

    replay = adjust(till, piece(variant), headers={"Idempotency-Key": "k-1"})

    assert (replay.status, replay.text) == (201, first.text)
    assert replay.headers["idempotent-replayed"] == "true"
    assert till.on_hand(variant) == "1"


def test_the_same_key_with_another_body_is_refused(till: Till) -> None:
    variant = till.product()
    adjust(till, piece(variant), headers={"Idempotency-Key": "k-1"})

    reply = adjust(till, piece(variant, "2"), headers={"Idempotency-Key": "k-1"})

    assert (reply.status, reply.code) == (422, "idempotency.mismatch")
    assert till.on_hand(variant) == "1"


def test_a_caller_who_may_only_read_is_refused(till: Till) -> None:
    body = {"location_id": till.shop.location_id, "reason": "count", "lines": [piece(till.product())]}

    reply = till.shop.call(create_adjustment.handler, body, permissions="inventory:read catalog:*")

    assert (reply.status, reply.code) == (403, "auth.forbidden")
