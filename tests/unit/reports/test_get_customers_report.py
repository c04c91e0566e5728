"""get_customers_report"""

from typing import Any

from reports import get_customers_report
from tests.support.contract import assert_needs
from tests.support.samples import sample
from tests.support.shop import Shop, send
from tests.unit.reports.sales import LOCATIONS, project, publish, sell

DAY_2 = {"from": "2026-11-25", "to": "2026-11-25"}


def sold(shop: Shop, *sales: Any) -> None:
    """Put sales in the shop's totals."""
    publish(shop.merchant_id, [change for one in sales for change in one])
    project(shop.merchant_id)


def test_who_bought_before_came_back_and_who_did_not_is_new(shop: Shop) -> None:
    sold(
        shop,
        sell([("var_water", "1")], customer_id="cus_anis", location=LOCATIONS[1]),
        sell([("var_water", "1")], customer_id="cus_dewi", course="cancelled"),
        sell([("var_water", "2")], customer_id="cus_anis", hours=24),
        sell([("var_water", "1")], customer_id="cus_budi", hours=24),
        sell([("var_water", "3")], customer_id="cus_budi", hours=25),
        sell([("var_water", "1")], customer_id="cus_dewi", hours=25),
        sell([("var_water", "5")], hours=26),
    )

    report = shop.call(get_customers_report.handler, query=DAY_2).json

    assert report["new"] == {"customers": 2, "orders": 3, "total": 20_000}
    assert report["returning"] == {"customers": 1, "orders": 1, "total": 8_000}
    assert report["unknown"] == {"customers": 0, "orders": 1, "total": 20_000}
    assert [(row["customer_id"], row["first_day"], row["total"]) for row in report["items"]] == [
        ("cus_budi", "2026-11-25", 16_000),
        ("cus_anis", "2026-11-24", 8_000),
        ("cus_dewi", "2026-11-25", 4_000),
    ]


def test_only_the_best_are_listed_and_of_a_location_if_one_is_named(shop: Shop) -> None:
    sold(
        shop,
        sell([("var_water", "1")], customer_id="cus_anis", hours=24),
        sell([("var_water", "2")], customer_id="cus_budi", hours=24),
        sell([("var_water", "9")], customer_id="cus_dewi", hours=24, location=LOCATIONS[1]),
    )

    query = DAY_2 | {"limit": "1", "location_id": LOCATIONS[0]}
    report = shop.call(get_customers_report.handler, query=query).json

    assert ([row["customer_id"] for row in report["items"]], report["new"]["customers"]) == (["cus_budi"], 2)


def test_days_in_the_wrong_order_or_too_many_are_refused(shop: Shop) -> None:
    for to, pointer in (("2026-10-31", "?from"), ("2027-03-01", "?to")):
        reply = shop.call(get_customers_report.handler, query={"from": "2026-11-01", "to": to})
        assert (reply.status, reply.pointers) == (422, [pointer])


def test_it_needs_reports_read(shop: Shop) -> None:
    assert_needs("reports:read", shop, get_customers_report.handler, query=DAY_2)


def test_the_sample_tells_who_bought(shop: Shop) -> None:
    sold(shop, sell([("var_water", "1")], customer_id="cus_anis"))

    report = send(get_customers_report.handler, sample("reports", "get_customers_report", shop)).json

    assert [row["customer_id"] for row in report["items"]] == ["cus_anis"]
