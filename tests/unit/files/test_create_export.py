"""create_export"""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from files import create_export, get_export, store
from pos import clock, durable, dynamo
from pos.clock import timestamp
from tests.support.aws import take_messages
from tests.support.contract import assert_refuses_what_is_no_body
from tests.support.samples import sample
from tests.support.shop import Shop, send
from tests.unit.files.exports import DAYS, ask, rows, work
from tests.unit.files.exports import file as file_of


def test_the_sample_asks_for_a_months_sales_and_gets_them(shop: Shop) -> None:
    reply = send(create_export.handler, sample("files", "create_export", shop))
    work()

    assert (reply.status, reply.json["status"], reply.json["rows"]) == (202, "running", 0)
    assert reply.json["file_name"] == "sales_report_2026-11-01_2026-11-30.xlsx"
    assert shop.call(get_export.handler, id=reply.json["id"]).json["status"] == "done"


def test_the_same_request_makes_one_file(shop: Shop) -> None:
    body = {"dataset": "sales_report", "parameters": DAYS}
    headers = {"Idempotency-Key": "november"}
    first = shop.call(create_export.handler, body, headers=headers)

    again = shop.call(create_export.handler, body, headers=headers)

    assert (again.status, again.json["id"]) == (202, first.json["id"])
    assert again.headers["idempotent-replayed"] == "true"
    assert shop.call(create_export.handler, body | {"format": "xlsx"}, headers=headers).code == "idempotency.mismatch"


@pytest.mark.parametrize(
    ("dataset", "parameters", "code", "pointer"),
    [
        ("sales_report", {"from": "2026-11-01"}, "request.invalid", "/parameters/to"),
        ("sales_report", DAYS | {"group_by": "moon"}, "request.invalid", "/parameters/group_by"),
        ("sales_report", DAYS | {"colour": "red"}, "request.invalid", "/parameters/colour"),
        ("sales_report", DAYS | {"limit": 5}, "export.not_paged", "/parameters/limit"),
        ("sales_report", {"from": "2026-11-02", "to": "2026-11-01"}, "report.range_invalid", "/parameters/from"),
        ("sales_report", DAYS | {"sort": "charm"}, "report.sort_unknown", "/parameters/sort"),
        ("order_lines", {"from": "2020-01-01", "to": "2026-11-01"}, "report.range_too_long", "/parameters/to"),
        ("tax_report", {"from": "2026-11", "to": "soon"}, "request.invalid", "/parameters/to"),
        ("stock_report", {"location_id": "loc_a123", "slow_movers": True}, "request.invalid", "/parameters"),
    ],
)
def test_what_the_report_would_refuse_is_refused_at_once(
    shop: Shop, dataset: str, parameters: Any, code: str, pointer: str
) -> None:
    reply = ask(shop, dataset, parameters=parameters)

    assert (reply.status, reply.code, reply.pointers) == (422, code, [pointer])
    assert take_messages("file-jobs") == []


@pytest.mark.parametrize(
    ("dataset", "parameters", "permissions"),
    [
        ("sales_report", DAYS, {"reports:read"}),
        ("sales_report", DAYS | {"group_by": "customer"}, {"reports:read", "customers:read"}),
        ("customers_report", DAYS, {"reports:read", "customers:read"}),
        ("order_lines", DAYS, {"orders:read"}),
    ],
)
def test_who_exports_must_be_allowed_to_read_what_is_exported(
    shop: Shop, dataset: str, parameters: Any, permissions: set[str]
) -> None:
    body = {"dataset": dataset, "parameters": parameters}

    for missing in permissions | {"exports:write"}:
        held = " ".join(sorted((permissions | {"exports:write"}) - {missing}))
        assert shop.call(create_export.handler, body, permissions=held).status == 403
    held = " ".join(permissions | {"exports:write"})
    assert shop.call(create_export.handler, body, permissions=held).status == 202


def test_many_at_once_are_refused_until_one_is_done(shop: Shop) -> None:
    asked = [ask(shop, "sales_report") for _ in range(6)]
    assert [reply.status for reply in asked] == [202] * 5 + [409]
    assert asked[-1].code == "export.too_many"

    work()

    assert ask(shop, "sales_report").status == 202
    assert rows(file_of(shop, asked[0].json["id"])) == []


def test_what_has_lost_its_worker_is_in_nobodys_way(shop: Shop) -> None:
    for _ in range(5):
        lost = store.EXPORTS.load(shop.merchant_id, ask(shop, "sales_report").json["id"])
        stalled = lost.job.model_copy(update={"updated_at": timestamp(clock.now() - timedelta(hours=2))})
        item = durable.item("export", replace(lost, job=stalled), clock.now() + timedelta(days=1))
        dynamo.transact([dynamo.put(store.TABLE, item, version=1)])

    assert ask(shop, "sales_report").status == 202


def test_what_is_no_request_is_refused(shop: Shop) -> None:
    assert_refuses_what_is_no_body(shop, create_export.handler)
