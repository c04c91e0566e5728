"""export_days: what analysts read equals what the reports tell, also after late changes, and is never half of it."""

import hashlib
import json
import os
from contextlib import suppress
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import boto3
import duckdb
import pandas  # type: ignore[import-untyped]
import pytest

from analytics import export_days, store
from inventory.models import Cause
from pos import clock
from reports import get_sales_report
from tests.support.aws import take_messages
from tests.support.samples import sample
from tests.support.shop import Shop
from tests.unit.files.exports import DAYS, sold
from tests.unit.inventory import stream
from tests.unit.reports.ledger import Level
from tests.unit.reports.sales import Crash, calls, go_on, sell


@pytest.fixture
def lake(tmp_path: Path) -> Path:
    """Where `fetch` puts the bucket's files."""
    return tmp_path


def run(merchant_id: str) -> None:
    """A night for a merchant."""
    export_days.handler({"merchant_ids": [merchant_id]}, None)
    while bodies := take_messages("analytics"):
        for body in bodies:
            export_days.handler({"Records": [{"body": body}]}, None)


def fetch(lake: Path) -> list[Any]:
    """The bucket as it is, in a folder, as a reader finds it; its manifests."""
    client, bucket = boto3.client("s3"), os.environ["ANALYTICS_BUCKET"]
    manifests = []
    for item in client.list_objects_v2(Bucket=bucket).get("Contents", []):
        path = lake / item["Key"]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(client.get_object(Bucket=bucket, Key=item["Key"])["Body"].read())
        if path.suffix == ".json":
            manifests.append(json.loads(path.read_text()))
    return manifests


def november(shop: Shop) -> None:
    """Some days of sales with a refund, a cancellation and one that is still open."""
    sold(
        shop,
        sell([("var_kopi", "2"), ("var_gula", "0.333")], tip=1000),
        sell([("var_noodle", "3"), (None, "1")], hours=26),
        sell([("var_water", "7")], hours=30, course="cancelled"),
        go_on(sell([("var_kopi", "4")], hours=50), [("return", 2, 24)]),
        sell([("var_kopi", "1")], hours=51, course="open"),
    )


def test_the_sample_exports_a_merchants_days(shop: Shop, lake: Path) -> None:
    november(shop)

    export_days.handler(sample("analytics", "export_days", shop), None)

    assert {one["day"] for one in fetch(lake)} == {"2026-11-24", "2026-11-25", "2026-11-26", "2026-11-27"}


def test_two_lines_of_duckdb_or_pandas_tell_what_the_reports_tell(shop: Shop, lake: Path) -> None:
    november(shop)
    report = shop.call(get_sales_report.handler, query=DAYS).json
    run(shop.merchant_id)
    fetch(lake)

    orders = duckdb.read_parquet(f"{lake}/orders/*/*/*.parquet", hive_partitioning=True)
    total = orders.filter("completed_at IS NOT NULL AND status <> 'cancelled'").aggregate("sum(total), count(*)")

    assert total.fetchall() == [(report["totals"]["total"], report["totals"]["orders"])]
    by_day = orders.filter("completed_at IS NOT NULL AND status <> 'cancelled'").aggregate("day, sum(total)").fetchall()
    told = {row["day"]: row["total"] for row in report["items"] if row["total"]}
    assert {str(day): whole for day, whole in by_day} == told

    lines = pandas.read_parquet(lake / "lines")
    kept = lines[lines.order_status == "completed"]
    assert int(kept.gross.sum()) == report["totals"]["gross"]
    assert sum(kept.quantity) == Decimal(report["totals"]["quantity"])

    payments = pandas.read_parquet(lake / "payments")
    taken = payments[(payments.kind == "payment") & (payments.status == "captured")]
    assert int(taken.amount.sum()) == report["totals"]["paid"]
    assert -int(payments[payments.kind == "refund"].amount.sum()) == report["totals"]["refunded"]


def test_a_manifest_says_what_is_in_the_files_it_names(shop: Shop, lake: Path) -> None:
    november(shop)
    client, bucket = boto3.client("s3"), os.environ["ANALYTICS_BUCKET"]
    # moto's CloudFormation leaves it out
    client.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})

    run(shop.merchant_id)

    for manifest in fetch(lake):
        assert (manifest["merchant"], manifest["build"]) == (shop.merchant_id, 1)
        for table, told in manifest["tables"].items():
            kept = client.get_object(Bucket=bucket, Key=told["key"], VersionId=told["version_id"])
            data = kept["Body"].read()
            assert (len(data), told["key"].split("/")[0]) == (told["size"], table)
            assert hashlib.sha256(data).hexdigest() == told["sha256"]
            assert len(pandas.read_parquet(lake / told["key"])) == told["rows"]


def test_movements_are_on_the_day_that_they_say(shop: Shop, lake: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    level = Level(shop.merchant_id, shop.location_id, "var_kopi", stream.follow(monkeypatch))
    level.move("10", Cause(type="adjustment", id="adj_1", reason="receipt", business_date="2026-11-20"), 500)
    level.move("-2.5", Cause(type="sale", id="ord_1", reason="sold", business_date="2026-11-21"))
    level.publish()

    run(shop.merchant_id)

    fetch(lake)
    movements = pandas.read_parquet(lake / "movements")
    told = [(str(row.day), row.quantity, row.on_hand, row.cause, row.reason) for row in movements.itertuples()]
    assert told == [
        ("2026-11-20", Decimal("10.000"), Decimal("10.000"), "adjustment", "receipt"),
        ("2026-11-21", Decimal("-2.500"), Decimal("7.500"), "sale", "sold"),
    ]
    assert movements.unit_cost.iloc[0] == Decimal(500)


def test_only_days_that_changed_are_exported_again_and_whole(shop: Shop, lake: Path) -> None:
    order = sell([("var_kopi", "4")])
    sold(shop, order, sell([("var_gula", "1")], hours=26))
    run(shop.merchant_id)
    run(shop.merchant_id)
    assert {one["day"]: one["build"] for one in fetch(lake)} == {"2026-11-24": 1, "2026-11-25": 1}

    sold(shop, go_on(order, [("return", 2, 72)])[1:])
    run(shop.merchant_id)

    assert {one["day"]: one["build"] for one in fetch(lake)} == {"2026-11-24": 2, "2026-11-25": 1, "2026-11-27": 1}
    refunds = pandas.read_parquet(lake / "payments").query("kind == 'refund'")
    assert [str(day) for day in refunds.day] == ["2026-11-27"]
    assert len(pandas.read_parquet(lake / "orders")) == 2


def test_a_ticket_leaves_the_day_it_was_opened_for_that_of_its_sale(shop: Shop, lake: Path) -> None:
    ticket = go_on(sell([("var_kopi", "1")], course="open"), [("complete", 1, 48)])
    sold(shop, ticket[:1])
    run(shop.merchant_id)
    fetch(lake)
    assert [str(day) for day in pandas.read_parquet(lake / "orders").day] == ["2026-11-24"]

    sold(shop, ticket[1:])
    run(shop.merchant_id)

    fetch(lake)
    orders = pandas.read_parquet(lake / "orders")
    assert [(str(row.day), row.status) for row in orders.itertuples()] == [("2026-11-26", "completed")]


def test_a_worker_that_dies_anywhere_leaves_the_rest_to_the_next(shop: Shop, lake: Path) -> None:
    november(shop)
    for number in range(1, 60, 6):
        with suppress(Crash), calls(_dying_at(number)):
            _turn(shop)
        store.give_back(shop.merchant_id)  # as if its time were over
    run(shop.merchant_id)

    fetch(lake)
    assert len(pandas.read_parquet(lake / "orders")) == 5
    assert store.to_export(shop.merchant_id) == []


def _turn(shop: Shop) -> None:
    export_days.handler({"Records": [{"body": json.dumps({"merchant_id": shop.merchant_id})}]}, None)


def _dying_at(number: int) -> Any:
    def on_call(current: int, do_it: Any) -> Any:
        answer = do_it()
        if current == number:
            raise Crash
        return answer

    return on_call


def test_no_two_work_for_a_merchant_at_once_and_a_dead_one_is_followed(shop: Shop, lake: Path) -> None:
    november(shop)
    assert store.take(shop.merchant_id, clock.now()) == 0

    run(shop.merchant_id)
    assert fetch(lake) == []

    assert store.take(shop.merchant_id, clock.now() + timedelta(seconds=361)) == 0


def test_what_a_turn_does_not_end_the_next_one_goes_on_with(
    shop: Shop, lake: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    november(shop)
    with monkeypatch.context() as hurried:
        hurried.setattr(export_days, "_TURN", timedelta(0))
        _turn(shop)
    assert fetch(lake) == []

    [body] = take_messages("analytics")
    export_days.handler({"Records": [{"body": body}]}, None)

    assert len(fetch(lake)) == 4


def test_by_schedule_every_merchant_is_asked_for(shop: Shop) -> None:
    november(shop)

    export_days.handler({"source": "aws.scheduler"}, None)

    assert [json.loads(body) for body in take_messages("analytics")] == [{"merchant_id": shop.merchant_id}]
