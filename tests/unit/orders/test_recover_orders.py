"""recover_orders, and what it is for: orders that are committed in steps"""

import json
from collections.abc import Callable
from typing import Any

import pytest

from orders import recover_orders
from pos import aws
from tests.support.aws import ROOT
from tests.support.contract import events_of
from tests.support.shop import Reply
from tests.unit.orders.till import (
    Json,
    Killed,
    Till,
    at_each_transaction,
    crash_at,
    custom,
    drafts,
    levels,
    many_variants,
    piece,
    set_clock,
    small_steps,
    stored,
)

MOMENT, LATER = "2026-11-24T09:30:00Z", "2026-11-24T09:35:00Z"
SAMPLE = json.loads((ROOT / "events" / "orders" / "recover_orders.json").read_text())


@pytest.fixture
def variants(till: Till, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Five variants of 10 each, in a shop where an order of more than two goes in steps: 2, 2 and 1."""
    small_steps(monkeypatch)
    return many_variants(till, 5, stock="10", stock_policy="block")


def recover(monkeypatch: pytest.MonkeyPatch) -> None:
    set_clock(monkeypatch, LATER)
    recover_orders.handler(SAMPLE, None)
    set_clock(monkeypatch, MOMENT)


def sale(till: Till, variants: list[str], order_id: str | None = None, **request: Any) -> Callable[[], Reply]:
    fields = request if order_id is None else {**request, "id": order_id}
    return lambda: till.sell(*map(piece, variants), register_id=till.shop.register_id, **fields)


def crashes(monkeypatch: pytest.MonkeyPatch, run: Callable[[], Any], call: int, *, after: bool) -> bool:
    """Whether the process dies at this call; it does not if it makes fewer."""
    with monkeypatch.context() as crashing:
        crash_at(crashing, call, after=after)
        try:
            run()
        except Killed:
            return True
    return False


@pytest.mark.slow
@pytest.mark.parametrize("after", [False, True])
def test_a_crash_at_any_call_leaves_the_order_absent_or_whole(
    till: Till, variants: list[str], monkeypatch: pytest.MonkeyPatch, after: bool
) -> None:
    set_clock(monkeypatch, MOMENT)
    expected, numbers, call = 10, [], 1
    while crashes(monkeypatch, sale(till, variants, f"ord_crash-{call:04d}"), call, after=after):
        in_between = till.get(f"ord_crash-{call:04d}")
        recover(monkeypatch)

        found = till.get(f"ord_crash-{call:04d}")
        assert found.status == in_between.status
        if found.status == 200:
            expected -= 1
            numbers.append(found.json["number"])
        assert set(levels(till).values()) == {str(expected)}
        assert drafts() == []
        call += 1

    # The read, the check, the draft, two steps of two calls each, the counter and the order itself
    assert call == 1 + 9
    assert numbers == (["R1-20261124-0001"] if after else [])
    assert till.get(f"ord_crash-{call:04d}").json["number"].endswith("-0002" if after else "-0001")


@pytest.mark.slow
@pytest.mark.parametrize("keyed", [False, True])
def test_the_repeat_of_a_request_that_crashed_anywhere_finishes_it_and_sells_once(
    till: Till, variants: list[str], monkeypatch: pytest.MonkeyPatch, keyed: bool
) -> None:
    set_clock(monkeypatch, MOMENT)
    sold, crashed, call = 0, True, 1
    while crashed:
        run = sale(
            till, variants, *([] if keyed else [f"ord_crash-{call:04d}"]), headers={"Idempotency-Key": f"{call}"}
        )
        crashed = crashes(monkeypatch, run, call, after=True)

        first, second = run(), run()

        sold, call = sold + 1, call + 1
        assert (first.status, second.text) == (201, first.text)
        assert set(levels(till).values()) == {str(10 - sold)}
        assert drafts() == []
        if sold == 9:
            assert all(till.adjust(variant, "9").status == 201 for variant in variants)
            sold = 0
    assert call > 10


def test_the_movements_of_a_sale_that_was_undone_sum_to_nothing(
    till: Till, variants: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    set_clock(monkeypatch, MOMENT)
    assert crashes(monkeypatch, sale(till, variants, "ord_crash-0001"), 6, after=True)
    taken = [item for item in stored()["test-inventory"] if item.get("cause", {}).get("M", {}).get("id", {}).get("S")]
    assert "-1" in {item["delta"]["N"] for item in taken}

    recover(monkeypatch)

    undone = [
        item
        for item in stored()["test-inventory"]
        if item.get("cause", {}).get("M", {}).get("reason") == {"S": "undone"}
    ]
    assert {
        (item["cause"]["M"]["type"]["S"], item["cause"]["M"]["id"]["S"], item["delta"]["N"]) for item in undone
    } == {("sale", "ord_crash-0001", "1")}
    assert events_of(till.shop, "ord_crash-0001") == []


def test_a_draft_that_is_still_young_is_left_alone(
    till: Till, variants: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    set_clock(monkeypatch, MOMENT)
    crashes(monkeypatch, sale(till, variants, "ord_crash-0001"), 6, after=True)
    before = stored()

    recover_orders.handler(SAMPLE, None)

    assert stored() == before


def test_a_crash_of_the_recovery_is_recovered_from(
    till: Till, variants: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    set_clock(monkeypatch, MOMENT)
    before = levels(till)
    crashes(monkeypatch, sale(till, variants, "ord_crash-0001"), 7, after=True)
    set_clock(monkeypatch, LATER)
    call = 1
    while crashes(monkeypatch, lambda: recover_orders.handler(SAMPLE, None), call, after=call % 2 == 0):
        call += 1
        assert call < 30

    assert levels(till) == before
    assert drafts() == []


def test_a_sale_that_goes_on_while_it_is_undone_ends_absent(
    till: Till, variants: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The recovery takes a sale for abandoned whose process only was slow."""
    set_clock(monkeypatch, MOMENT)
    before, transactions = levels(till), []

    def overtake() -> None:
        transactions.append(1)
        if len(transactions) == 4:
            recover(monkeypatch)

    at_each_transaction(monkeypatch, before=overtake)

    reply = sale(till, variants, "ord_slow-0001")()

    assert (reply.status, reply.code) == (503, "request.busy")
    assert till.get("ord_slow-0001").status == 404
    assert levels(till) == before
    assert drafts() == []
    assert sale(till, variants, "ord_slow-0001")().status == 201


@pytest.mark.parametrize("lacking", [0, 4])
def test_what_is_refused_at_any_step_is_undone_at_once(till: Till, variants: list[str], lacking: int) -> None:
    till.adjust(variants[lacking], "-10")
    before = levels(till)

    reply = sale(till, variants)()

    assert (reply.status, reply.code, reply.pointers) == (409, "stock.insufficient", [f"/lines/{lacking}/quantity"])
    assert levels(till) == before
    assert drafts() == []


def test_another_request_with_the_same_id_waits_its_turn(
    till: Till, variants: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    crashes(monkeypatch, sale(till, variants, "ord_crash-0001"), 6, after=True)

    reply = sale(till, variants[:4], "ord_crash-0001")()

    assert (reply.status, reply.code) == (409, "request.conflict")
    assert len(drafts()) == 1


def test_the_repeat_of_a_sale_in_steps_moves_nothing(till: Till, variants: list[str]) -> None:
    first = sale(till, variants, "ord_once-0001", headers={"Idempotency-Key": "k"})()
    before = stored()

    assert sale(till, variants, "ord_once-0001", headers={"Idempotency-Key": "k"})().text == first.text
    assert sale(till, variants, "ord_once-0001")().text == first.text
    assert sale(till, variants, None, headers={"Idempotency-Key": "k"})().code == "idempotency.mismatch"
    assert stored() == before


@pytest.mark.slow
@pytest.mark.parametrize("after", [False, True])
def test_a_cancellation_that_crashes_anywhere_is_nothing_or_whole(
    till: Till, variants: list[str], monkeypatch: pytest.MonkeyPatch, after: bool
) -> None:
    set_clock(monkeypatch, MOMENT)
    call = 1
    while True:
        order_id: str = sale(till, variants)().json["id"]
        if not crashes(monkeypatch, lambda: till.cancel(order_id), call, after=after):  # noqa: B023 - called at once
            break
        recover(monkeypatch)
        status = till.get(order_id).json["status"]
        assert set(levels(till).values()) == {"10" if status == "cancelled" else "9"}
        assert drafts() == []
        if status == "open":
            assert till.cancel(order_id).status == 200
        call += 1
    assert call > 8
    assert set(levels(till).values()) == {"10"}


def test_a_cancellation_that_is_overtaken_returns_nothing(
    till: Till, variants: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    order_id: str = sale(till, variants)().json["id"]
    before, moves = levels(till), ["preparing"]

    def overtake() -> None:
        if moves and set(levels(till).values()) == {"9", "10"}:
            till.move(order_id, moves.pop())

    at_each_transaction(monkeypatch, before=overtake)

    reply = till.cancel(order_id)

    assert (reply.status, reply.code) == (409, "request.conflict")
    assert levels(till) == before
    assert drafts() == []


def test_one_draft_that_cannot_be_undone_now_does_not_hold_up_the_others(
    till: Till, variants: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    set_clock(monkeypatch, MOMENT)
    for name in ("ord_crash-0001", "ord_crash-0002"):
        crashes(monkeypatch, sale(till, variants, name), 6, after=True)
    client: Any = aws.dynamodb()
    original = client.transact_write_items

    def refuse_the_first(**request: Json) -> Any:
        if "ord_crash-0001" in str(request):
            raise RuntimeError("the first is stuck")
        return original(**request)

    with monkeypatch.context() as stuck:
        stuck.setattr(client, "transact_write_items", refuse_the_first)
        with pytest.raises(ExceptionGroup, match="drafts not undone"):
            recover(monkeypatch)
    set_clock(monkeypatch, MOMENT)
    assert [item["pk"]["S"].split("#")[1] for item in drafts()] == ["ord_crash-0001"]

    recover(monkeypatch)
    assert drafts() == []
    assert till.sell(custom()).status == 201
