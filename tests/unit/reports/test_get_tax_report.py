"""get_tax_report"""

import pytest

from reports import get_tax_report
from tests.support.contract import assert_needs
from tests.support.samples import sample
from tests.support.shop import Shop, send
from tests.unit.reports.sales import LOCATIONS, go_on, project, publish, sell

NOVEMBER = {"from": "2026-11", "to": "2026-11"}


def test_each_tax_of_a_month_is_told_with_its_base_and_what_was_given_back(shop: Shop) -> None:
    # coffee has 10 % on top, sugar contains 11 %, water has no tax; half of the first sale comes back in December
    steps = [("return", 2, 24 * 8)]
    changes = [
        *go_on(sell([("var_kopi", "2")]), steps),
        *sell([("var_gula", "3"), ("var_water", "1")]),
        *sell([("var_kopi", "1")], location=LOCATIONS[1]),
    ]
    publish(shop.merchant_id, changes)
    project(shop.merchant_id)

    report = shop.call(get_tax_report.handler, query={"from": "2026-11", "to": "2026-12"}).json

    declared = ("month", "location_id", "name", "rate", "included", "base", "tax", "declared_base", "declared_tax")
    assert [tuple(row[name] for name in declared) for row in report["items"]] == [
        ("2026-11", "loc_kiosk", "PB1", "10", False, 18_000, 1_800, 18_000, 1_800),
        ("2026-11", "loc_main", "PB1", "10", False, 36_000, 3_600, 36_000, 3_600),
        ("2026-11", "loc_main", "PPN", "11", True, 36_035, 3_964, 36_035, 3_964),
        ("2026-11", "loc_main", None, None, None, 4_000, 0, 4_000, 0),
        ("2026-12", "loc_main", "PB1", "10", False, 0, 0, -18_000, -1_800),
    ]
    assert report["totals"] == {"tax": 9_364, "refunded_tax": 1_800, "declared_tax": 7_564, "untaxed": 4_000}
    assert report["currency"] == "IDR"


def test_one_location_can_be_asked_for(shop: Shop) -> None:
    publish(shop.merchant_id, [*sell([("var_kopi", "2")]), *sell([("var_kopi", "1")], location=LOCATIONS[1])])
    project(shop.merchant_id)

    report = shop.call(get_tax_report.handler, query=NOVEMBER | {"location_id": LOCATIONS[1]}).json

    assert [(row["location_id"], row["tax"]) for row in report["items"]] == [("loc_kiosk", 1_800)]


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"from": "2026-13"}, "?from"),
        ({"to": "2026-11-30"}, "?to"),
        ({"from": "0000-01"}, "?from"),
        ({"to": "2026-10"}, "?from"),
        ({"to": "2029-11"}, "?to"),
    ],
)
def test_months_that_cannot_be_are_refused(shop: Shop, change: dict[str, str], pointer: str) -> None:
    reply = shop.call(get_tax_report.handler, query=NOVEMBER | change)

    assert (reply.status, reply.pointers) == (422, [pointer])


def test_it_needs_reports_read(shop: Shop) -> None:
    assert_needs("reports:read", shop, get_tax_report.handler, query=NOVEMBER)


def test_the_sample_tells_the_months_taxes(shop: Shop) -> None:
    publish(shop.merchant_id, sell([("var_kopi", "2")]))
    project(shop.merchant_id)

    [row] = send(get_tax_report.handler, sample("reports", "get_tax_report", shop)).json["items"]

    assert row["declared_tax"] == 3_600
