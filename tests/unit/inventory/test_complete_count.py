"""complete_count"""

from datetime import datetime
from decimal import Decimal

import pytest

from inventory import cancel_count, complete_count, get_count, list_counts, list_movements, record_movements
from pos.clock import business_date
from tests.support.contract import assert_needs, events_of
from tests.support.samples import sample
from tests.support.shop import Shop, send
from tests.unit.inventory.stockroom import at_cost, begin_count, complete, found, level, receive
from tests.unit.inventory.stream import follow
from tests.unit.orders.till import Killed, Till, at_each_transaction, levels, many_variants, piece


def test_the_sample_event_posts_what_was_found(till: Till) -> None:
    more, less, same, nobody = (till.product(stock="5") for _ in range(4))
    count = begin_count(till, more, less, same, nobody).json["id"]
    found(till, count, piece(more, "6.25"), piece(less, "0"), piece(same, "5"))

    reply = send(complete_count.handler, sample("inventory", "complete_count", till.shop, id=count))

    assert (reply.status, reply.json["status"], reply.json["completed_by"]) == (200, "completed", "key_sample")
    assert [(line["expected"], line["counted"], line["difference"]) for line in reply.json["lines"]] == [
        ("5", "6.25", "1.25"),
        ("5", "0", "-5"),
        ("5", "5", "0"),
        ("5", None, None),
    ]
    assert levels(till) == {more: "6.25", less: "0", same: "5", nobody: "5"}
    assert level(till, same)["version"] == 1
    assert till.shop.call(get_count.handler, id=count).text == reply.text


def test_sales_before_between_and_after_make_no_difference(till: Till) -> None:
    first, second = till.product(stock="20"), till.product(stock="20")
    count = begin_count(till, first, second).json["id"]
    till.sell(piece(first, "1"), piece(second, "1"))
    found(till, count, piece(first, "18"))  # one is missing
    till.sell(piece(first, "2"), piece(second, "2"))
    found(till, count, piece(second, "20"))  # three too many
    till.sell(piece(first, "4"), piece(second, "4"))

    complete(till, count)

    assert levels(till) == {first: "12", second: "16"}


def test_a_blind_count_tells_all_in_the_end(till: Till) -> None:
    variant = till.product(stock="5")
    count = begin_count(till, variant, blind=True).json["id"]
    found(till, count, piece(variant, "4"))

    [line] = complete(till, count).json["lines"]

    assert (line["expected"], line["difference"]) == ("5", "-1")


def test_a_difference_is_a_movement_with_the_count_as_cause(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    stream = follow(monkeypatch)
    variant = till.product()
    receive(till, at_cost(variant, "5", "40"))
    count = begin_count(till, variant).json["id"]
    found(till, count, piece(variant, "3"))
    complete(till, count)
    record_movements.handler({"Records": stream}, None)

    query = {"location_id": till.shop.location_id, "variant_id": variant}
    last = till.shop.call(list_movements.handler, query=query).json["items"][0]

    assert (last["change"], last["on_hand"], last["unit_cost"]) == ("-2", "3", "40")
    day = business_date(datetime.fromisoformat(last["at"]), "Asia/Jakarta").isoformat()
    assert last["cause"] == {"type": "count", "id": count, "reason": None, "business_date": day}


def test_each_version_has_its_event(till: Till) -> None:
    variant = till.product(stock="5")
    count = begin_count(till, variant).json
    found(till, count["id"], piece(variant, "3"))
    completed = complete(till, count["id"], headers={"If-Match": "1"}).json

    events = events_of(till.shop, count["id"])

    assert [event["type"] for event in events] == ["count.created", "count.updated", "count.completed"]
    assert [event["data"]["status"] for event in events] == ["counting", "completing", "completed"]
    assert events[-1]["data"] == completed


@pytest.mark.slow
def test_many_differences_are_posted_in_steps(till: Till) -> None:
    variants = many_variants(till, 100, stock="2")
    count = begin_count(till, all=True).json["id"]
    for start in (0, 50):
        found(till, count, *(piece(one, "3") for one in variants[start : start + 50]))

    assert complete(till, count).status == 200

    assert set(levels(till).values()) == {"3"}


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("step", [1, 2, 3, 4, 5])
def test_a_crash_anywhere_is_made_good_by_completing_again(
    till: Till, monkeypatch: pytest.MonkeyPatch, step: int, after: bool
) -> None:
    monkeypatch.setattr("inventory.counts._STEP", 2)
    variants = many_variants(till, 5, stock="2")
    count = begin_count(till, *variants).json["id"]
    found(till, count, *(piece(one, "5") for one in variants))
    headers = {"Idempotency-Key": "k-1", "If-Match": "1"}
    steps = 0

    def die() -> None:
        nonlocal steps
        steps += 1
        if steps == step:
            raise Killed

    with monkeypatch.context() as crashing:
        at_each_transaction(crashing, **{"after" if after else "before": die})
        with pytest.raises(Killed):
            complete(till, count, headers=headers)
    till.sell(piece(variants[0]))
    again = complete(till, count, headers=headers)

    assert (again.status, again.json["status"], again.json["version"]) == (200, "completed", 3)
    assert sorted(levels(till).values()) == ["4", "5", "5", "5", "5"]


def test_while_its_differences_are_posted_it_is_seen_and_cannot_be_called_off(
    till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    variant = till.product(stock="5")
    count = begin_count(till, variant).json["id"]
    found(till, count, piece(variant, "3"))
    steps = 0

    def die() -> None:
        nonlocal steps
        steps += 1
        if steps == 2:
            raise Killed

    with monkeypatch.context() as crashing:
        at_each_transaction(crashing, before=die)
        with pytest.raises(Killed):
            complete(till, count)

    listed = till.shop.call(list_counts.handler, query={"status": "counting"}).json["items"]
    assert [(one["id"], one["status"]) for one in listed] == [(count, "completing")]
    refused = till.shop.call(cancel_count.handler, {}, id=count)
    assert (refused.status, refused.code) == (409, "count.not_open")
    assert complete(till, count).status == 200
    assert till.on_hand(variant) == "3"


def test_of_two_who_complete_it_at_once_the_differences_are_posted_once(
    till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    variants = many_variants(till, 3, stock="5")
    count = begin_count(till, *variants).json["id"]
    found(till, count, *(piece(one, "3") for one in variants))
    transactions = 0

    def complete_meanwhile() -> None:
        nonlocal transactions
        transactions += 1
        if transactions == 2:
            assert complete(till, count).status == 200

    with monkeypatch.context() as racing:
        at_each_transaction(racing, before=complete_meanwhile)
        reply = complete(till, count)

    assert (reply.status, reply.code) == (409, "request.conflict")
    assert set(levels(till).values()) == {"3"}


def test_it_is_completed_once(till: Till) -> None:
    variant = till.product(stock="5")
    count = begin_count(till, variant).json["id"]
    found(till, count, piece(variant, "3"))
    complete(till, count)

    reply = complete(till, count)

    assert (reply.status, reply.code, till.on_hand(variant)) == (409, "count.not_open", "3")


def test_the_cost_of_what_is_found_is_the_levels_own(till: Till) -> None:
    variant = till.product()
    receive(till, at_cost(variant, "5", "40"))
    count = begin_count(till, variant).json["id"]
    found(till, count, piece(variant, "7.5"))
    complete(till, count)

    assert (level(till, variant)["average_cost"], level(till, variant)["value"]) == ("40", int(Decimal("7.5") * 40))


def test_a_stale_version_is_refused(till: Till) -> None:
    count = begin_count(till, till.product()).json["id"]

    assert complete(till, count, headers={"If-Match": "2"}).status == 412


def test_what_is_not_there_or_another_merchants_is_not_found(till: Till) -> None:
    count = begin_count(till, till.product()).json["id"]

    for shop, id in ((till.shop, "cnt_unknown"), (Shop.open(), count)):
        reply = complete(Till(shop), id)
        assert (reply.status, reply.code) == (404, "count.not_found")


def test_it_keeps_the_contract_of_writes(till: Till) -> None:
    variant = till.product(stock="5")
    first, second = (begin_count(till, variant).json["id"] for _ in range(2))
    found(till, second, piece(variant, "3"))

    assert_needs("inventory:write", till.shop, complete_count.handler, id=first)
    headers = {"Idempotency-Key": "k-1"}
    answers = [complete(till, second, headers=headers) for _ in range(2)]
    assert (answers[0].text, answers[1].headers["idempotent-replayed"]) == (answers[1].text, "true")
    assert till.on_hand(variant) == "3"
