"""The audit finds whatever is wrong with totals, feed or stock, and nothing that is only on its way."""

import itertools
from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from inventory.models import Cause, SoldShare
from pos import clock, dynamo, outbox
from pos.aws import dynamodb
from reports import gathering, get_audit, jobs, store
from tests.support.access import acting_as_nobody
from tests.support.samples import sample
from tests.support.shop import Reply, Shop, request_event, send
from tests.unit.inventory import stream as inventory_stream
from tests.unit.reports import ledger
from tests.unit.reports.ledger import trade
from tests.unit.reports.sales import (
    OPENING,
    dying_at,
    go_on,
    interrupted_at,
    outbox_item,
    project,
    publish,
    sell,
)
from tests.unit.reports.test_project_totals import BUSY_DAY, SMALL_DAY
from webhooks import store as feed

DAYS = {"from": "2026-11-20", "to": "2026-11-28"}
FIRST = OPENING.date()
TODAY = clock.now().date()
NOW = {"from": str(TODAY), "to": str(TODAY)}


@pytest.fixture
def merchant_id(shop: Shop) -> str:
    """A merchant with a location, and no orders yet."""
    return shop.merchant_id


def ask(merchant_id: str, **query: str) -> Reply:
    return send(get_audit.handler, request_event(merchant_id, query=DAYS | query))


def audit(merchant_id: str, **query: str) -> dict[str, Any]:
    """What an audit finds, which is done at once."""
    reply = ask(merchant_id, **query)
    assert reply.status == 200
    found: dict[str, Any] = reply.json["audit"]
    return found


def tamper(
    merchant_id: str, book: Any, dimension: str, group: str, figure: str, amount: int, day: date = FIRST
) -> None:
    """Have the first sheet of a book on a day say so much more of a figure."""
    key, sheet = next(store.read_sheets(merchant_id, book, day, day))
    rows: dict[str, Any] = {name: dict(groups) for name, groups in sheet.rows.items()}
    groups = rows.setdefault(dimension, {})
    groups[group] = Counter(groups.get(group, {})) + Counter({figure: amount})
    assert store.write_sheet(merchant_id, key, replace(sheet, rows=rows), was=sheet)


def test_totals_that_are_right_are_equal_to_the_orders(merchant_id: str) -> None:
    trade(merchant_id, BUSY_DAY)
    project(merchant_id)

    found = audit(merchant_id)

    assert found["equal"] and found["difference_count"] == found["pending"] == 0
    assert found["orders"] == len({change.order.id for change in BUSY_DAY})
    assert found["versions"] == len(BUSY_DAY)
    assert found["figures"] > 500


@pytest.mark.parametrize(
    ("book", "dimension", "group", "figure", "amount", "told"),
    [
        ("day", "day", "", "net", 1, 1),
        ("day", "staff", "key_chef", "tax", 7, 7),
        ("day", "payment_method", "cash", "payments", 1, 1),
        ("day", "register", "reg_ghost", "orders", 1, 1),
        ("category", "category", "", "quantity", 5, "0.005"),
        ("product", "product@IDR", "var_none", "gross", 100, 100),
        ("product", "stock", "var_kopi", "in:receipt", 1500, "1.5"),
        ("basket", "basket", "ord_none", "var_kopi", 1, 1),
    ],
)
def test_a_wrong_figure_is_told_with_its_place(
    merchant_id: str, book: Any, dimension: str, group: str, figure: str, amount: int, told: Any
) -> None:
    trade(merchant_id, SMALL_DAY)
    project(merchant_id)
    tamper(merchant_id, book, dimension, group, figure, amount)

    found = audit(merchant_id)

    assert not found["equal"] and found["difference_count"] == 1
    [difference] = found["differences"]
    place = {"kind": "total", "day": "2026-11-24", "dimension": dimension.partition("@")[0], "group": group}
    assert place.items() <= difference.items() and difference["figure"] == figure
    if isinstance(told, int):
        assert difference["found"] - difference["expected"] == told
    else:
        assert float(difference["found"]) - float(difference["expected"]) == pytest.approx(float(told))


def test_a_sheet_that_is_lost_is_told(merchant_id: str) -> None:
    trade(merchant_id, SMALL_DAY)
    project(merchant_id)
    key, _ = next(store.read_sheets(merchant_id, "category", OPENING.date(), OPENING.date()))
    pk, sk = store._sheet_key(merchant_id, key)
    dynamodb().delete_item(TableName=dynamo.table(store.TABLE), Key=dynamo.encode({"pk": pk, "sk": sk}))

    found = audit(merchant_id)

    assert {one["dimension"] for one in found["differences"]} == {"category"}
    assert all(one["found"] in (0, "0") for one in found["differences"])


def test_what_the_projector_has_not_added_yet_is_pending_and_no_difference(merchant_id: str) -> None:
    trade(merchant_id, BUSY_DAY)
    project(merchant_id)
    later = go_on(sell([("var_kopi", "3")]), [("return", 2, 24)])
    trade(merchant_id, later)

    found = audit(merchant_id)

    assert found["equal"] and found["pending"] == 2


def test_an_order_of_which_totals_hold_a_part_is_counted_as_they_hold_it(merchant_id: str) -> None:
    changes = go_on(sell([("var_kopi", "4")], course="lent"), [("pay", 2, 1), ("pay", 4, 26), ("return", 2, 1)])
    publish(merchant_id, changes[:2])
    project(merchant_id)
    publish(merchant_id, changes[2:])
    ledger.keep(merchant_id, changes)

    found = audit(merchant_id)

    assert found["equal"] and found["pending"] == 2


def test_versions_that_are_in_the_feed_out_of_their_order_are_counted_as_they_are(merchant_id: str) -> None:
    changes = go_on(sell([("var_kopi", "4")], course="lent"), [("pay", 2, 1), ("return", 2, 26)])
    ledger.keep(merchant_id, changes)
    items = [outbox_item(merchant_id, change) for change in changes]
    dynamo.batch_put(outbox.TABLE, items)
    for item in (items[2], items[0]):
        feed.place(merchant_id, feed.feed_refs(item), OPENING)
    project(merchant_id)
    feed.place(merchant_id, feed.feed_refs(items[1]), OPENING)

    assert audit(merchant_id)["equal"]


@pytest.mark.parametrize(("made", "equal"), [(timedelta(minutes=2), True), (timedelta(hours=1), False)])
def test_a_version_that_the_feed_lacks_is_a_difference_once_it_is_too_old_to_be_on_its_way(
    merchant_id: str, made: timedelta, equal: bool
) -> None:
    trade(merchant_id, SMALL_DAY)
    project(merchant_id)
    [lost] = sell([("var_kopi", "1")])
    ledger.keep(merchant_id, [lost])
    at = clock.timestamp(clock.now() - made)
    dynamo.batch_put(outbox.TABLE, [outbox_item(merchant_id, lost) | {"at": at}])

    found = audit(merchant_id)

    assert found["equal"] is equal
    assert [(one["kind"], one["group"]) for one in found["differences"]] == [("feed", lost.order.id)] * (not equal)
    assert found["pending"] == int(equal)


def test_an_order_without_its_event_is_a_difference(merchant_id: str) -> None:
    trade(merchant_id, SMALL_DAY)
    project(merchant_id)
    [lost] = sell([("var_kopi", "1")])
    ledger.keep(merchant_id, [lost])

    [difference] = audit(merchant_id)["differences"]

    assert (difference["kind"], difference["group"], difference["found"]) == ("feed", lost.order.id, "no event")


@pytest.mark.slow
def test_sales_at_any_moment_of_an_audit_are_no_difference(merchant_id: str) -> None:
    trade(merchant_id, SMALL_DAY)
    project(merchant_id)
    open_tickets = [sell([("var_gula", "2")], course="lent") for _ in range(30)]
    trade(merchant_id, [change for ticket in open_tickets for change in ticket])

    def sell_on() -> None:
        ticket = open_tickets.pop()
        with acting_as_nobody():
            trade(merchant_id, [*go_on(ticket, [("pay", 4, 1), ("return", 1, 24)])[1:], *sell([("var_kopi", "1")])])
        project(merchant_id)

    for number in range(1, 2 * len(open_tickets), 2):  # each sale makes the next audit longer: it has no end of its own
        with interrupted_at(number, sell_on) as made:
            found = audit(merchant_id, **{"from": "2026-11-24", "to": "2026-11-25"})
        assert found["equal"], (number, found)
        if number not in made:
            break
    assert number > 15


@pytest.mark.slow
@pytest.mark.parametrize("done", [False, True], ids=["before", "after"])
def test_an_audit_that_crashes_at_any_call_to_aws_is_finished_by_the_worker(merchant_id: str, done: bool) -> None:
    trade(merchant_id, SMALL_DAY)
    project(merchant_id)
    tamper(merchant_id, "day", "day", "", "net", 1)
    orders = len({change.order.id for change in SMALL_DAY})
    for number in itertools.count(1):
        reply = None
        with dying_at(number, done=done):
            reply = ask(merchant_id)
        ledger.work()
        if jobs.newest(merchant_id):
            newest = ledger.newest(merchant_id)
            assert newest["status"] == "done"
            assert (newest["audit"]["difference_count"], newest["audit"]["orders"]) == (1, orders), number
        if reply.status == 200:
            break
    assert number > 20


@pytest.fixture
def level(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> ledger.Level:
    """A level of the shop, of which 10 came at 250 and 4 were sold, 1 of them as a part of something else."""
    level = ledger.Level(shop.merchant_id, shop.location_id, "var_kopi", inventory_stream.follow(monkeypatch))
    level.move("10", Cause(type="adjustment", id="adj_1", reason="opening"), cost=250)
    whole = SoldShare(variant_id="var_kopi", category_id="cat_drinks", quantity=Decimal(-3))
    part = SoldShare(variant_id="var_set", quantity=Decimal(-1))
    level.move("-4", Cause(type="sale", id="ord_1", currency="IDR", sold=(whole, part), business_date=str(TODAY)))
    return level


class TestStock:
    """Levels and their movements."""

    def test_a_level_that_its_movements_lead_to_is_equal_with_what_its_goods_cost(self, level: ledger.Level) -> None:
        level.publish()
        project(level.merchant_id)

        found = audit(level.merchant_id, **NOW)

        assert found["equal"] and (found["levels"], found["movements"], found["pending"]) == (1, 2, 0)
        assert found["figures"] > 8

    def test_a_movement_that_is_on_its_way_is_pending(self, level: ledger.Level) -> None:
        level.record()

        found = audit(level.merchant_id, **NOW)

        assert found["equal"] and found["pending"] == 2

    def test_a_movement_that_is_missing_is_told_once_it_is_too_old(
        self, level: ledger.Level, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        level.publish()
        project(level.merchant_id)
        level.move("-1", Cause(type="adjustment", id="adj_2", reason="loss"))
        assert audit(level.merchant_id, **NOW)["equal"]

        later = clock.now() + timedelta(hours=1)
        monkeypatch.setattr(clock, "now", lambda: later)
        [difference] = audit(level.merchant_id, **NOW)["differences"]

        assert (difference["kind"], difference["group"]) == ("stock", "var_kopi")
        assert (difference["figure"], difference["found"]) == ("versions 3 to 3", "no movement")

    def test_a_level_that_says_something_else_than_its_movements_is_told(self, level: ledger.Level) -> None:
        level.publish()
        project(level.merchant_id)
        level.set_on_hand("7")

        [difference] = audit(level.merchant_id, **NOW)["differences"]

        assert (difference["expected"], difference["found"]) == ("7", "6")

    def test_a_wrong_cost_of_goods_is_told(self, level: ledger.Level) -> None:
        level.publish()
        project(level.merchant_id)
        tamper(level.merchant_id, "day", "day", "", "cost", 500_000_000, TODAY)

        [difference] = audit(level.merchant_id, **NOW)["differences"]

        assert (difference["figure"], difference["expected"], difference["found"]) == ("cost", "1000", "1000.5")


@pytest.mark.parametrize(
    ("query", "code", "pointer"),
    [
        ({"from": "2026-11-29"}, "report.range_invalid", "?from"),
        ({"from": "2022-11-01"}, "report.range_too_long", "?to"),
        ({"to": "24.11.2026"}, "request.invalid", "?to"),
    ],
)
def test_days_that_no_audit_looks_at_are_refused(merchant_id: str, query: Any, code: str, pointer: str) -> None:
    reply = ask(merchant_id, **query)

    assert (reply.status, reply.code) == (422, code)
    assert pointer in str(reply.json)


def test_who_asks_while_the_same_audit_runs_is_told_of_that(merchant_id: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(get_audit, "_SECONDS", 0)
    first, second = ask(merchant_id), ask(merchant_id)
    assert (first.status, second.status) == (202, 202) and first.json["id"] == second.json["id"]
    assert first.json["status"] == "running"

    ledger.work()

    assert ledger.newest(merchant_id)["status"] == "done"


def test_a_merchant_has_a_few_jobs_at_once(merchant_id: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(get_audit, "_SECONDS", 0)
    for day in range(10, 15):
        assert ask(merchant_id, **{"from": f"2026-11-{day}"}).status == 202

    refused = ask(merchant_id)

    assert (refused.status, refused.code) == (409, "report.too_many_jobs")


def test_totals_that_never_stand_still_are_waited_for_by_the_worker(
    merchant_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    trade(merchant_id, SMALL_DAY)
    project(merchant_id)
    monkeypatch.setattr(gathering, "_LOOKS", 2)
    monkeypatch.setattr(dynamo, "pause", lambda _: None)
    key, sheet = next(store.read_sheets(merchant_id, "day", OPENING.date(), OPENING.date()))
    assert store.write_sheet(merchant_id, key, replace(sheet, through=99), was=sheet)  # a projector died in a round

    reply = ask(merchant_id)
    assert reply.status == 202 and reply.json["days_done"] < reply.json["days"]

    assert store.write_sheet(merchant_id, key, sheet, was=replace(sheet, through=99))
    ledger.work()
    assert ledger.newest(merchant_id)["audit"]["equal"]


def test_the_days_of_a_merchant_with_many_orders_are_looked_at_place_by_place(
    merchant_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gathering, "_ORDERS_A_UNIT", 1)
    sales = [sell([("var_kopi", "1")], location=f"loc_{place * 4}", customer_id="cus_sari") for place in "abcd"]
    trade(merchant_id, [change for sale in sales for change in sale])
    project(merchant_id)
    assert audit(merchant_id)["equal"]

    tamper(merchant_id, "day", "day", "", "net", 1)
    assert audit(merchant_id)["difference_count"] == 1


def test_the_sample_audits_its_merchant(shop: Shop) -> None:
    reply = send(get_audit.handler, sample("reports", "get_audit", shop))

    assert reply.status == 200 and reply.json["audit"]["equal"]
