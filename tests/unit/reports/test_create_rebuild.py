"""A rebuild puts totals right, and nobody ever reads anything worse than before: whoever runs beside it or crashes."""

import itertools
from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from typing import Any

import pytest

from pos import clock, dynamo, outbox
from pos.aws import dynamodb
from reports import create_rebuild, jobs, project_totals, store
from tests.support.access import acting_as_nobody
from tests.support.aws import take_messages
from tests.support.samples import sample
from tests.support.shop import Reply, Shop, request_event, send
from tests.unit.reports import ledger
from tests.unit.reports.ledger import trade
from tests.unit.reports.sales import (
    OPENING,
    Change,
    Plain,
    calls,
    dying_at,
    go_on,
    interrupted_at,
    outbox_item,
    project,
    publish,
    sell,
)
from tests.unit.reports.test_project_totals import BUSY_DAY, SMALL_DAY, assert_exact, report

DAYS = {"from": "2026-11-24", "to": "2026-11-28"}


@pytest.fixture
def merchant_id(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> str:
    """A merchant with a location, and no orders yet; its projector's calls to AWS have one order."""
    monkeypatch.setattr(project_totals, "_WRITERS", 1)
    return shop.merchant_id


def ask(merchant_id: str, **request: Any) -> Reply:
    return send(create_rebuild.handler, request_event(merchant_id, body=DAYS, **request))


def rebuild(merchant_id: str) -> dict[str, Any]:
    """What a rebuild does."""
    assert ask(merchant_id).status == 202
    ledger.work()
    job = ledger.newest(merchant_id)
    assert job["status"] == "done" and job["days_done"] == job["days"] == 5
    done: dict[str, Any] = job["rebuild"]
    return done


def spoil(merchant_id: str) -> None:
    """Have every sheet of the first day say something wrong, and lose one of them."""
    for book in ("day", "category", "product"):
        for key, sheet in store.read_sheets(merchant_id, book, OPENING.date(), OPENING.date()):
            rows = {**sheet.rows, "hour": {"07": Counter(orders=3, net=1)}}
            assert store.write_sheet(merchant_id, key, replace(sheet, rows=rows), was=sheet)
    pk, sk = store._sheet_key(merchant_id, key)
    dynamodb().delete_item(TableName=dynamo.table(store.TABLE), Key=dynamo.encode({"pk": pk, "sk": sk}))


def assert_right(merchant_id: str, changes: list[Change]) -> None:
    """The reports that together read every sheet are right."""
    plain = Plain(changes)
    assert report(merchant_id, "product") == (plain.by("product"), plain.totals())
    assert report(merchant_id, "hour")[0] == plain.by("hour")


def test_wrong_sheets_are_put_right_and_right_ones_left_alone(merchant_id: str) -> None:
    trade(merchant_id, BUSY_DAY)
    project(merchant_id)
    assert rebuild(merchant_id)["corrected"] == 0
    spoil(merchant_id)

    done = rebuild(merchant_id)

    assert 0 < done["corrected"] < done["sheets"]
    assert done["orders"] == len({change.order.id for change in BUSY_DAY})
    assert_exact(merchant_id, BUSY_DAY)
    assert rebuild(merchant_id)["corrected"] == 0


def test_what_the_projector_adds_later_is_added_to_what_was_put_right(merchant_id: str) -> None:
    trade(merchant_id, SMALL_DAY)
    project(merchant_id)
    spoil(merchant_id)
    rebuild(merchant_id)
    later = go_on(sell([("var_kopi", "3")]), [("return", 2, 24)])
    trade(merchant_id, later)
    project(merchant_id)

    assert_right(merchant_id, [*SMALL_DAY, *later])


def test_days_that_it_is_not_about_stay_as_they_are(merchant_id: str) -> None:
    trade(merchant_id, sell([("var_kopi", "2")], customer_id="cus_sari"))
    trade(merchant_id, sell([("var_kopi", "2")], customer_id="cus_sari", hours=24 * 9))
    project(merchant_id)
    [key] = [key for key, _ in store.read_sheets_of(merchant_id, "buyer", "-", "", "~")]
    sheet = dynamo.get(store.sheet_ref(merchant_id, key))
    spoiled = replace(sheet, rows={"day": {**sheet.rows["day"], "2026-11-24": Counter(orders=7)}})
    assert store.write_sheet(merchant_id, key, spoiled, was=sheet)

    assert rebuild(merchant_id)["corrected"] == 1

    assert dynamo.get(store.sheet_ref(merchant_id, key)).rows == sheet.rows


@pytest.mark.slow
def test_a_projector_between_any_two_calls_to_aws_changes_nothing(merchant_id: str) -> None:
    changes = list(SMALL_DAY)
    trade(merchant_id, changes)
    project(merchant_id)

    def sell_on() -> None:
        more = sell([("var_kopi", "1")])
        changes.extend(more)
        with acting_as_nobody():
            trade(merchant_id, more)
        project(merchant_id)

    for number in itertools.count(1, 3):
        spoil(merchant_id)
        ask(merchant_id)
        with interrupted_at(number, sell_on) as made:
            ledger.work()
        assert_right(merchant_id, changes)
        if number not in made:
            break
    assert number > 20


@pytest.mark.slow
@pytest.mark.parametrize("done", [False, True], ids=["before", "after"])
def test_a_rebuild_that_crashes_at_any_call_to_aws_is_finished_when_its_message_comes_again(
    merchant_id: str, done: bool
) -> None:
    trade(merchant_id, SMALL_DAY)
    project(merchant_id)
    for number in itertools.count(1, 2):
        spoil(merchant_id)
        ask(merchant_id)
        died = ledger.work_until_death(partial(dying_at, number, done=done))
        ledger.work()
        assert ledger.newest(merchant_id)["status"] == "done"
        assert_right(merchant_id, SMALL_DAY)
        if not died:
            break
    assert number > 20


def test_a_projector_that_read_a_sheet_before_it_was_put_right_reads_it_again(merchant_id: str) -> None:
    trade(merchant_id, SMALL_DAY)
    project(merchant_id)
    spoil(merchant_id)
    later = sell([("var_kopi", "3")])
    trade(merchant_id, later)
    ask(merchant_id)
    working = False

    def on_call(number: int, do_it: Any) -> Any:
        nonlocal working
        if not working and number > 4:  # the projector has read the sheets, and not written any
            working = True
            ledger.work()
        return do_it()

    with calls(on_call):
        project(merchant_id)

    assert working
    assert_right(merchant_id, [*SMALL_DAY, *later])


class TestQuarantine:
    """Events that could not be read."""

    def test_what_can_be_read_now_is_in_the_totals_and_no_longer_missing(self, merchant_id: str) -> None:
        poison = go_on(sell([("var_kopi", "9")]), [("return", 1, 1)])
        trade(merchant_id, [*SMALL_DAY, *poison])
        dynamo.batch_put(outbox.TABLE, [outbox_item(merchant_id, poison[0]) | {"data": b"not compressed"}])
        project(merchant_id)
        assert store.count_quarantined(merchant_id) == 2
        dynamo.batch_put(outbox.TABLE, [outbox_item(merchant_id, poison[0])])

        assert rebuild(merchant_id)["restored"] == 2

        assert store.count_quarantined(merchant_id) == 0
        assert_right(merchant_id, [*SMALL_DAY, *poison])

    def test_what_cannot_be_read_still_is_still_missing(self, merchant_id: str) -> None:
        [poison] = sell([("var_kopi", "9")])
        trade(merchant_id, SMALL_DAY)
        publish(merchant_id, [poison])
        dynamo.batch_put(outbox.TABLE, [outbox_item(merchant_id, poison) | {"data": b"not compressed"}])
        project(merchant_id)

        assert rebuild(merchant_id)["restored"] == 0

        assert store.count_quarantined(merchant_id) == 1
        assert_right(merchant_id, SMALL_DAY)

    def test_what_belongs_to_other_days_is_left_to_their_rebuild(self, merchant_id: str) -> None:
        [poison] = sell([("var_kopi", "9")], hours=24 * 20)
        trade(merchant_id, [poison])
        dynamo.batch_put(outbox.TABLE, [outbox_item(merchant_id, poison) | {"data": b"not compressed"}])
        project(merchant_id)
        dynamo.batch_put(outbox.TABLE, [outbox_item(merchant_id, poison)])

        assert rebuild(merchant_id)["restored"] == 0
        assert store.count_quarantined(merchant_id) == 1


def test_repeats_of_the_request_begin_one_rebuild(merchant_id: str) -> None:
    key = {"Idempotency-Key": "rebuild-the-books"}

    first, second = ask(merchant_id, headers=key), ask(merchant_id, headers=key)

    assert first.status == second.status == 202
    assert first.json["id"] == second.json["id"]


def test_a_job_that_lost_its_worker_is_given_another_when_somebody_asks_for_it(
    merchant_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = ask(merchant_id).json["id"]
    take_messages("report-jobs")
    later = clock.now() + timedelta(hours=2)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert jobs.same(merchant_id, "rebuild", tuple(map(date.fromisoformat, DAYS.values())), later)  # type: ignore[arg-type]

    ledger.work()

    assert ledger.newest(merchant_id)["id"] == first and ledger.newest(merchant_id)["status"] == "done"


def test_it_takes_a_permission_of_its_own(merchant_id: str) -> None:
    assert ask(merchant_id, permissions="reports:read").status == 403
    assert ask(merchant_id, permissions="reports:rebuild").status == 202


def test_the_sample_begins_a_rebuild(shop: Shop) -> None:
    reply = send(create_rebuild.handler, sample("reports", "create_rebuild", shop))

    assert reply.status == 202 and reply.json["kind"] == "rebuild"


def test_a_job_that_keeps_failing_is_given_up_and_says_so(merchant_id: str, monkeypatch: pytest.MonkeyPatch) -> None:
    ask(merchant_id)
    assert ledger.work_until_death(lambda: dying_at(3, done=False))
    with monkeypatch.context() as broken:
        broken.setattr(store, "read_sheets_of", lambda *_: 1 / 0)
        ledger.work(receives=5)

    job = ledger.newest(merchant_id)

    assert job["status"] == "failed" and job["failure"]
