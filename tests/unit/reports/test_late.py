"""What changes a day after it was over is told with the day: how many changes, when, and by how much."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from pos.clock import timestamp
from reports import get_audit, get_sales_report
from tests.support.shop import request_event, send
from tests.unit.reports.ledger import trade
from tests.unit.reports.sales import OPENING, Change, go_on, project, sell

QUERY = {"from": "2026-11-20", "to": "2026-11-28"}


@pytest.fixture
def merchant_id(shop: Any) -> str:
    """A merchant without orders."""
    made: str = shop.merchant_id
    return made


def made_at(changes: Sequence[Change], *hours: int) -> list[Change]:
    """The changes as they would be if they had been made so many hours after opening."""
    moments = [timestamp(OPENING + timedelta(hours=hour)) for hour in hours]
    return [
        replace(change, order=change.order.model_copy(update={"created_at": moments[0], "updated_at": moment}))
        for change, moment in zip(changes, moments, strict=True)
    ]


def days(merchant_id: str) -> dict[str, Any]:
    """Each day's row."""
    reply = send(get_sales_report.handler, request_event(merchant_id, query=QUERY | {"group_by": "day"}))
    return {row["day"]: row for row in reply.json["items"]}


def test_a_sale_of_an_offline_register_lands_on_its_own_day_which_says_that_it_changed(merchant_id: str) -> None:
    on_time = made_at(sell([("var_water", "2")]), 0)
    offline = made_at(sell([("var_kopi", "1")]), 50)
    occurred = [
        replace(one, order=one.order.model_copy(update={"occurred_at": one.order.completed_at})) for one in offline
    ]
    trade(merchant_id, [*on_time, *occurred])
    project(merchant_id)

    [(day, row)] = days(merchant_id).items()

    assert day == "2026-11-24" and row["orders"] == 2
    late = row["late"]
    assert (late["changes"], late["last"], late["orders"]) == (1, "2026-11-26T03:00:00Z", 1)
    assert row["total"] - late["total"] == on_time[0].order.total
    assert late["paid"] == offline[0].order.paid


def test_a_day_that_nothing_changed_later_says_nothing(merchant_id: str) -> None:
    trade(merchant_id, made_at(go_on(sell([("var_kopi", "1")], course="lent"), [("pay", 4, 2)]), 0, 2))
    project(merchant_id)

    assert "late" not in days(merchant_id)["2026-11-24"]


def test_a_refund_belongs_to_its_own_day_and_a_voided_payment_changes_an_earlier_one(merchant_id: str) -> None:
    changes = go_on(sell([("var_kopi", "2")], course="lent"), [("pay", 4, 0), ("return", 2, 30)])
    trade(merchant_id, made_at(changes, 0, 0, 30))
    voided = go_on(sell([("var_water", "2")], course="lent"), [("pay", 4, 0), ("void", 4, 10)])
    trade(merchant_id, made_at(voided, 0, 0, 40))
    project(merchant_id)

    row = days(merchant_id)["2026-11-24"]

    assert row["late"]["changes"] == 1
    assert row["late"]["paid"] == -voided[1].order.paid


@pytest.mark.parametrize("hours", [(0, 0, 30, 60), (0, 0, 1, 2), (30, 31, 60, 61)])
def test_the_audit_counts_late_changes_alike(merchant_id: str, hours: tuple[int, ...]) -> None:
    changes = go_on(sell([("var_kopi", "2")], course="lent"), [("pay", 4, 0), ("void", 4, 0), ("pay", 2, 0)])
    trade(merchant_id, made_at(changes, *hours[: len(changes)]))
    project(merchant_id)

    found = send(get_audit.handler, request_event(merchant_id, query=QUERY)).json["audit"]

    assert found["equal"], found["differences"]
    assert len(changes) > 2


def test_a_day_is_over_at_midnight_where_the_shop_is(merchant_id: str) -> None:
    for moment in ("2026-11-24T16:59:00.000Z", "2026-11-24T17:01:00.000Z"):  # 23:59 and 00:01 in Jakarta
        changes = [
            replace(one, order=one.order.model_copy(update={"updated_at": moment})) for one in sell([("var_kopi", "1")])
        ]
        trade(merchant_id, changes)
    project(merchant_id)

    assert days(merchant_id)["2026-11-24"]["late"]["changes"] == 1
