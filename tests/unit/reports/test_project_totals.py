"""Totals equal the plain sums of the orders, whatever happens to the projector and its stream."""

import itertools
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from types import SimpleNamespace
from typing import Any, get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from inventory.models import Movement
from inventory.store import level_id
from pos import clock, dynamo, outbox
from pos.aws import dynamodb
from pos.ids import new_id
from reports import get_affinity_report, get_sales_report, get_stock_movements_report, project_totals, store
from reports.models import GroupBy
from tests.support.samples import sample
from tests.support.shop import Shop, request_event, send
from tests.unit.reports.sales import (
    DERIVED,
    KEYS,
    LOCATIONS,
    OPENING,
    PLENTY_OF_TIME,
    Change,
    Crash,
    Plain,
    Sums,
    dying_at,
    go_on,
    histories,
    interrupted_at,
    moved,
    one_call_at_a_time,
    outbox_item,
    project,
    publish,
    sell,
    wake_up,
)
from webhooks import store as feed

DIMENSIONS = get_args(GroupBy)

BUSY_DAY = [
    *sell([("var_kopi", "2"), ("var_gula", "0.125")], tip=1500, register_id="reg_1111", customer_id="cus_anis"),
    *sell([("var_water", "1"), (None, "3"), ("var_water", "2.5")], course="stepped", hours=3),
    *sell([("var_noodle", "3")], course="cancelled", hours=3, service_charges=[{"percent": "5", "taxable": True}]),
    *sell([("var_kopi", "1")], course="dropped", hours=5),
    *go_on(
        sell([("var_gula", "7.5"), ("var_kopi", "1")], hours=26, location=LOCATIONS[1], discounts=[{"percent": "10"}]),
        [("return", 1, 1), ("reduce", 2, 24), ("return", 4, 1)],
    ),
    *go_on(
        sell([("var_noodle", "4"), (None, "2")], course="lent", hours=4, tip=700),
        [
            ("pay", 1, 1),
            ("pay", 2, 24),
            ("void", 1, 1),
            ("ask", 2, 1),
            ("answer", 4, 1),
            ("return", 2, 1),
            ("decline", 1, 24),
        ],
    ),
    *go_on(
        sell([("var_kopi", "3")], course="open"), [("pay", 4, 0), ("reduce", 2, 1), ("pay", 1, 30), ("cancel", 1, 1)]
    ),
]

SMALL_DAY = [
    *go_on(sell([("var_kopi", "2")]), [("return", 1, 24)]),
    *sell([("var_kopi", "1.5"), ("var_water", "1")], course="cancelled", customer_id="cus_anis"),
    *go_on(sell([("var_kopi", "4")], course="lent"), [("pay", 4, 30)]),
]

SMALL_LEDGER = [
    moved("var_kopi", 1, "20", "receipt", unit_cost="8500.5"),
    moved("var_kopi", 2, "-2", "sale", unit_cost="8500.5"),
    moved("var_kopi", 3, "-1.5", "sale", unit_cost="8500.5"),
    moved("var_kopi", 4, "1.5", "cancel", unit_cost="8500.5"),
    moved("var_water", 1, "-1", "sale"),
]

disturbances = st.lists(
    st.tuples(st.sampled_from(["publish", "wake", "die", "die_done", "overtake"]), st.integers(1, 12)), max_size=8
)


@pytest.fixture
def merchant_id(aws: None) -> str:
    """A merchant whose feed is empty."""
    return new_id("mer")


@pytest.fixture
def small_steps(merchant_id: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """A merchant with pages for several rounds of the projector, whose calls to AWS then have one order."""
    monkeypatch.setattr(project_totals, "_WRITERS", 1)
    monkeypatch.setattr(project_totals, "PAGES_PER_ROUND", 2)
    publish_singly(merchant_id, SMALL_DAY[:3])
    publish_movements(merchant_id, SMALL_LEDGER)
    publish_singly(merchant_id, SMALL_DAY[3:])
    return merchant_id


def assert_exact(merchant_id: str, changes: list[Change]) -> None:
    """Every report, by every dimension and for every location, equals the plain sums."""
    for location, group_by in itertools.product([None, *LOCATIONS], DIMENSIONS):
        plain = Plain(changes, location)
        rows, totals = report(merchant_id, group_by, **({"location_id": location} if location else {}))
        assert rows == plain.by(group_by), (location, group_by)
        assert totals == plain.totals()


def report(merchant_id: str, group_by: str, **query: str) -> tuple[Sums, dict[str, Any]]:
    """Rows by group and totals, in the form of `Plain`: without zeros and without the names of groups."""
    query = {"from": "2026-11-20", "to": "2026-12-31", "group_by": group_by, **query}
    answer = send(get_sales_report.handler, request_event(merchant_id, query=query)).json
    named = "discount_name" if group_by == "discount" else group_by
    return {row.pop(named) or "": figures(row) for row in answer["items"]}, figures(answer["totals"])


def figures(row: dict[str, Any]) -> dict[str, Any]:
    """Sums that are not 0, with exact quantities."""
    kept = {
        name: value for name, value in row.items() if name not in (*DERIVED, *KEYS, "late") and "percent" not in name
    }
    exact = {name: Decimal(value) if isinstance(value, str) else value for name, value in kept.items()}
    return {name: value for name, value in exact.items() if value}


def assert_small_day(merchant_id: str) -> None:
    """The reports that together read every sheet are right."""
    plain = Plain(SMALL_DAY)
    costs = {"var_kopi": {"cost": 17_001}, "var_water": {"uncosted": 1}}
    products = {product: sums | costs.get(product, {}) for product, sums in plain.by("product").items()}
    rows, totals = report(merchant_id, "product")
    assert rows == products
    assert totals == plain.totals() | {"cost": 17_001, "uncosted": 1}
    assert report(merchant_id, "customer")[0] == plain.by("customer")
    query = {"from": "2026-11-20", "to": "2026-12-31"}
    event = request_event(merchant_id, query=query | {"location_id": LOCATIONS[0]})
    kopi, water = send(get_stock_movements_report.handler, event).json["items"]
    assert [(one["opening"], one["closing"]) for one in (kopi, water)] == [("0", "18"), ("0", "-1")]
    baskets = send(get_affinity_report.handler, request_event(merchant_id, query=query)).json
    assert (baskets["orders"], baskets["baskets"]) == (2, 2)


def forget_totals() -> None:
    """Empty the reports table: the projector begins anew."""
    for item in dynamodb().scan(TableName=dynamo.table(store.TABLE))["Items"]:
        key = {name: item[name] for name in ("pk", "sk")}
        dynamodb().delete_item(TableName=dynamo.table(store.TABLE), Key=key)


def publish_singly(merchant_id: str, changes: list[Change]) -> None:
    """Give each change a page of its own."""
    for change in changes:
        publish(merchant_id, [change])


def publish_movements(merchant_id: str, movements: list[Movement]) -> None:
    """Put movements of stock on the feed."""
    items = []
    for one in movements:
        entity = outbox.Entity("level", level_id(merchant_id, one.location_id, one.variant_id), one.version)
        items.append(outbox.item(merchant_id, entity, ["inventory.updated"], one.json_bytes(), OPENING))
    dynamo.batch_put(outbox.TABLE, items)
    feed.place(merchant_id, [ref for item in items for ref in feed.feed_refs(item)], OPENING)


def test_every_dimension_equals_the_plain_sum_of_the_orders(merchant_id: str) -> None:
    publish(merchant_id, BUSY_DAY)
    project(merchant_id)
    assert_exact(merchant_id, BUSY_DAY)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=histories, disturbances=disturbances)
@pytest.mark.slow
def test_repeats_reorderings_crashes_and_races_change_nothing(
    aws: None, changes: list[Change], disturbances: list[tuple[str, int]]
) -> None:
    merchant_id = new_id("mer")
    left = list(changes)
    for what, number in disturbances:
        if what == "publish":
            publish(merchant_id, left[:number])
            del left[:number]
        elif what == "wake":
            project(merchant_id)
        elif what == "overtake":
            with interrupted_at(number, lambda: project(merchant_id)):
                project(merchant_id)
        else:
            die(merchant_id, number, done=what == "die_done")
    publish(merchant_id, left)
    project(merchant_id)
    assert_exact(merchant_id, changes)


def die(merchant_id: str, number: int, *, done: bool) -> bool:
    """Run the projector, which dies at this call to AWS; whether it came so far."""
    died = False
    try:
        with dying_at(number, done=done):
            project(merchant_id)
    except* Crash:
        died = True
    return died


@pytest.mark.slow
@pytest.mark.parametrize("done", [False, True], ids=["before", "after"])
def test_a_crash_at_any_call_to_aws_loses_and_doubles_nothing(small_steps: str, done: bool) -> None:
    for number in itertools.count(1):
        died = die(small_steps, number, done=done)
        project(small_steps)

        assert_small_day(small_steps)
        if not died:
            break
        forget_totals()
    assert number > 20


def test_another_projector_between_any_two_calls_to_aws_changes_nothing(small_steps: str) -> None:
    for number in itertools.count(1):
        with interrupted_at(number, lambda: project(small_steps)) as made:
            project(small_steps)

        assert_small_day(small_steps)
        if number not in made:
            break
        forget_totals()
    assert number > 20


def test_projectors_at_once_add_each_page_once(merchant_id: str) -> None:
    with one_call_at_a_time(), ThreadPoolExecutor(4) as pool:
        jobs = []
        for change in BUSY_DAY:
            publish(merchant_id, [change])
            jobs += [pool.submit(project, merchant_id) for _ in range(2)]
        for job in jobs:
            job.result()
    assert_exact(merchant_id, BUSY_DAY)


def test_the_checkpoint_never_goes_back(merchant_id: str) -> None:
    store.advance_checkpoint(merchant_id, 7, clock.now())
    store.advance_checkpoint(merchant_id, 5, clock.now())
    assert dynamo.get(store.checkpoint_ref(merchant_id)).page == 7


def test_a_record_that_comes_again_and_late_writes_nothing(merchant_id: str) -> None:
    publish(merchant_id, BUSY_DAY)
    project(merchant_id)
    with one_call_at_a_time() as made:
        project_totals.handler(wake_up(merchant_id, merchant_id), PLENTY_OF_TIME)
    assert made["PutItem"] == 0


def test_a_batch_of_sales_costs_a_write_for_each_sheet_not_for_each_sale(merchant_id: str) -> None:
    changes = [change for _ in range(40) for change in sell([("var_kopi", "1"), ("var_water", "2")])]
    publish(merchant_id, changes)
    with one_call_at_a_time() as made:
        project(merchant_id)
    sheets = 1 + 1 + 2 + 1  # the day, its categories, two parts of its products, a sample of its baskets
    assert made["PutItem"] == sheets + 1  # the checkpoint
    assert made["TransactWriteItems"] == 0
    assert_exact(merchant_id, changes)


def test_more_pages_than_one_round_takes_are_all_added(merchant_id: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(project_totals, "PAGES_PER_ROUND", 2)
    publish_singly(merchant_id, BUSY_DAY)
    project(merchant_id)
    assert dynamo.get(store.checkpoint_ref(merchant_id)).page == len(BUSY_DAY)
    assert_exact(merchant_id, BUSY_DAY)


def test_a_projector_that_runs_out_of_time_asks_for_a_retry(merchant_id: str) -> None:
    publish(merchant_id, BUSY_DAY)
    hurried: Any = SimpleNamespace(get_remaining_time_in_millis=lambda: 100)
    with pytest.raises(ExceptionGroup) as raised:
        project_totals.handler(wake_up(merchant_id), hurried)
    assert raised.group_contains(project_totals.OutOfTime)


def test_one_merchant_in_trouble_does_not_hold_up_the_others(merchant_id: str, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = sorted([new_id("mer"), merchant_id])
    for one in (first, second):
        publish(one, BUSY_DAY)
    catch_up = project_totals.catch_up

    def trouble(merchant_id: str, context: Any) -> None:
        if merchant_id == first:
            raise Crash
        catch_up(merchant_id, context)

    monkeypatch.setattr(project_totals, "catch_up", trouble)
    with pytest.raises(ExceptionGroup):
        project_totals.handler(wake_up(first, second), PLENTY_OF_TIME)
    assert_exact(second, BUSY_DAY)


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        ({"data": dynamo.pack(b'{"location_id": "loc_main"}')}, "time_zone"),
        ({"data": b"not compressed"}, "error: Error -3"),
        ({"data": dynamo.pack(b"not JSON")}, ""),
    ],
    ids=["an order without fields", "not compressed", "not JSON"],
)
def test_an_event_that_cannot_be_read_is_set_aside_and_the_rest_goes_on(
    merchant_id: str, damage: dict[str, Any], reason: str
) -> None:
    publish(merchant_id, BUSY_DAY)
    [poison] = sell([("var_kopi", "9")])
    publish(merchant_id, [poison])
    dynamo.batch_put(outbox.TABLE, [outbox_item(merchant_id, poison) | damage])
    project(merchant_id)
    project(merchant_id)
    assert_exact(merchant_id, BUSY_DAY)
    assert store.count_quarantined(merchant_id) == 1
    [kept] = dynamo.query(store.TABLE, f"{merchant_id}#quarantine", limit=10).items
    assert kept["event_type"] == "order.created" and reason in kept["reason"]


def test_a_version_whose_events_are_on_several_pages_counts_once(merchant_id: str) -> None:
    items = [outbox_item(merchant_id, change) for change in BUSY_DAY]
    dynamo.batch_put(outbox.TABLE, items)
    for ref in reversed([ref for item in items for ref in feed.feed_refs(item)]):
        feed.place(merchant_id, [ref], OPENING)
    project(merchant_id)
    assert_exact(merchant_id, BUSY_DAY)


def test_a_version_after_one_that_cannot_be_read_is_set_aside_too(merchant_id: str) -> None:
    changes = go_on(sell([("var_kopi", "9")]), [("return", 1, 1)])
    publish(merchant_id, [*BUSY_DAY, *changes])
    dynamo.batch_put(outbox.TABLE, [outbox_item(merchant_id, changes[0]) | {"data": b"not compressed"}])
    project(merchant_id)
    assert_exact(merchant_id, BUSY_DAY)
    assert store.count_quarantined(merchant_id) == 2


def test_an_event_whose_outbox_item_is_missing_is_set_aside(merchant_id: str) -> None:
    publish(merchant_id, BUSY_DAY)
    [lost] = sell([("var_kopi", "9")])
    publish(merchant_id, [lost])
    dynamo.transact([dynamo.delete(outbox.TABLE, outbox.item_key(merchant_id, lost.order.id, 1))])
    project(merchant_id)
    assert_exact(merchant_id, BUSY_DAY)
    assert store.count_quarantined(merchant_id) == 1


def test_records_of_other_items_are_left_alone(merchant_id: str) -> None:
    publish(merchant_id, BUSY_DAY)
    event = wake_up(merchant_id)
    event["Records"][0]["dynamodb"]["NewImage"]["kind"] = {"S": "outbox"}
    project_totals.handler(event, PLENTY_OF_TIME)
    assert dynamo.get(store.checkpoint_ref(merchant_id)).page == 0


def test_the_sample_wakes_the_projector_for_its_merchant(shop: Shop) -> None:
    publish(shop.merchant_id, BUSY_DAY)

    project_totals.handler(sample("reports", "project_totals", shop), PLENTY_OF_TIME)

    assert_exact(shop.merchant_id, BUSY_DAY)
