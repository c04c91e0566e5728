"""get_sales_report"""

from typing import Any

import pytest

from pos import clock, dynamo
from pos.errors import Invalid
from reports import answering, get_sales_report, store
from reports.models import SalesQuery
from reports.store import Unreadable
from tests.support.contract import assert_needs
from tests.support.samples import sample
from tests.support.shop import Shop, send
from tests.unit.reports.sales import LOCATIONS, go_on, project, publish, sell

NOVEMBER = {"from": "2026-11-01", "to": "2026-11-30"}


def sold(shop: Shop, *sales: Any) -> None:
    """Put sales in the shop's totals."""
    publish(shop.merchant_id, [change for one in sales for change in one])
    project(shop.merchant_id)


def test_a_day_tells_what_was_sold_and_what_of_it_is_tax_and_tip(shop: Shop) -> None:
    # two coffees at 18,000 with 10 % on top, 5 % service on them which is taxed too, 1,000 tip, paid in cash
    sold(shop, sell([("var_kopi", "2")], tip=1000, service_charges=[{"percent": "5", "taxable": True}]))

    report = shop.call(get_sales_report.handler, query=NOVEMBER).json

    figures = {
        "orders": 1,
        "cancelled": 0,
        "gross": 36_000,
        "discount": 0,
        "net": 36_000,
        "service_charge": 1_800,
        "tax": 3_780,
        "tip": 1_000,
        "total": 42_580,
        "cash_rounding": 0,
        "quantity": "2",
        "paid": 42_580,
        "refunds": 0,
        "refunded_gross": 0,
        "refunded_discount": 0,
        "refunded_net": 0,
        "refunded_service_charge": 0,
        "refunded_tax": 0,
        "refunded_tip": 0,
        "refunded_total": 0,
        "refunded_cash_rounding": 0,
        "refunded_quantity": "0",
        "refunded": 0,
        "cancelled_open": 0,
        "cancelled_open_total": 0,
        "cancellations": 0,
        "cancelled_total": 0,
        "voids": 0,
        "voided_amount": 0,
        "lines": 1,
        "customer_orders": 0,
        "manual_discount": 0,
        "untracked_net": 0,
        "cost": "0",
        "uncosted": "0",
        "margin": "36000",
        "margin_percent": "100",
        "average_total": "42580",
        "items_per_order": "2",
        "lines_per_order": "1",
        "discount_percent": "0",
        "manual_discount_percent": "0",
        "refunded_percent": "0",
        "cancelled_percent": "0",
    }
    assert report["items"] == [{"day": "2026-11-24", **figures}]
    assert report["totals"] == figures
    assert (report["from"], report["to"], report["group_by"]) == ("2026-11-01", "2026-11-30", "day")
    assert (report["currency"], report["next_cursor"]) == ("IDR", None)


@pytest.mark.parametrize(
    ("group_by", "row"),
    [
        ("hour", {"hour": "08", "total": 39_600}),
        ("location", {"location": LOCATIONS[0], "net": 36_000}),
        ("staff", {"staff": "key_till", "tax": 3_600}),
        ("payment_method", {"payment_method": "qris", "payments": 1, "voided": 0, "amount": 39_600}),
        ("tax_rate", {"tax_rate": "10", "tax_id": "tax_pb1", "base": 36_000, "amount": 3_600}),
        ("category", {"category": None, "gross": 36_000}),
        ("product", {"product": "var_kopi", "quantity": "2"}),
    ],
)
def test_a_group_is_named_after_what_it_is_grouped_by(shop: Shop, group_by: str, row: dict[str, Any]) -> None:
    sold(shop, sell([("var_kopi", "2")]))

    [found] = shop.call(get_sales_report.handler, query=NOVEMBER | {"group_by": group_by}).json["items"]

    assert row.items() <= found.items()
    assert found.get("orders", 1) == 1


def test_a_cancelled_sale_is_taken_off_and_counted_and_a_dropped_order_only_counted(shop: Shop) -> None:
    sold(shop, sell([("var_kopi", "2")], course="cancelled"), sell([("var_kopi", "1")], course="dropped"))

    [day] = shop.call(get_sales_report.handler, query=NOVEMBER).json["items"]

    assert (day["orders"], day["cancelled"], day["cancelled_open"]) == (0, 1, 1)
    assert (day["gross"], day["total"], day["paid"], day["quantity"]) == (0, 0, 0, "0")


def test_what_is_given_back_is_told_on_its_own_day_beside_what_was_sold(shop: Shop) -> None:
    # two coffees, one of which comes back the next day; the other is half off for being late, a day after that
    sold(shop, go_on(sell([("var_kopi", "2")]), [("return", 2, 24), ("reduce", 2, 24)]))

    days = shop.call(get_sales_report.handler, query=NOVEMBER).json["items"]

    money = ("total", "paid", "refunds", "refunded_net", "refunded_tax", "refunded_total", "refunded")
    assert [tuple(day[name] for name in ("day", *money, "refunded_quantity")) for day in days] == [
        ("2026-11-24", 39_600, 39_600, 0, 0, 0, 0, 0, "0"),
        ("2026-11-25", 0, 0, 1, 18_000, 1_800, 19_800, 19_800, "1"),
        ("2026-11-26", 0, 0, 1, 9_000, 900, 9_900, 9_900, "0"),
    ]


@pytest.mark.parametrize(
    ("group_by", "row"),
    [
        ("hour", {"hour": "09", "refunds": 1, "refunded_total": 19_800}),
        ("staff", {"staff": "key_2", "refunds": 1, "refunded": 19_800}),
        ("payment_method", {"payment_method": "qris", "amount": 39_600, "refunds": 1, "refunded": 19_800}),
        (
            "tax_rate",
            {"tax_rate": "10", "refunds": 1, "refunded_base": 18_000, "refunded_amount": 1_800},
        ),
        ("category", {"category": None, "net": 36_000, "refunded_net": 18_000}),
        ("product", {"product": "var_kopi", "quantity": "2", "refunded_quantity": "1", "refunded_gross": 18_000}),
    ],
)
def test_what_is_given_back_is_told_by_group(shop: Shop, group_by: str, row: dict[str, Any]) -> None:
    sold(shop, go_on(sell([("var_kopi", "2")]), [("return", 2, 1)]))

    rows = shop.call(get_sales_report.handler, query=NOVEMBER | {"group_by": group_by}).json["items"]

    assert any(row.items() <= found.items() for found in rows)


def test_both_ends_of_the_range_are_in_it(shop: Shop) -> None:
    sold(shop, *(sell([("var_water", "1")], hours=24 * days) for days in range(5)))

    report = shop.call(get_sales_report.handler, query={"from": "2026-11-25", "to": "2026-11-27"}).json

    assert [row["day"] for row in report["items"]] == ["2026-11-25", "2026-11-26", "2026-11-27"]
    assert report["totals"]["orders"] == 3


def test_one_location_can_be_asked_for(shop: Shop) -> None:
    sold(shop, sell([("var_water", "1")]), sell([("var_kopi", "1")], location=LOCATIONS[1]))

    query = NOVEMBER | {"location_id": LOCATIONS[1], "group_by": "product"}
    report = shop.call(get_sales_report.handler, query=query).json

    assert [row["product"] for row in report["items"]] == ["var_kopi"]
    assert report["totals"]["gross"] == 18_000


def test_currencies_are_never_added_up(shop: Shop) -> None:
    sold(shop, sell([("var_water", "1")]), sell([("var_water", "2")], currency="SGD"))

    mixed = shop.call(get_sales_report.handler, query=NOVEMBER)
    singapore = shop.call(get_sales_report.handler, query=NOVEMBER | {"currency": "SGD"}).json

    assert (mixed.status, mixed.code, mixed.pointers) == (422, "report.currency_mixed", ["?currency"])
    assert (singapore["currency"], singapore["totals"]["quantity"]) == ("SGD", "2")


def test_cursors_lead_through_all_groups_once(shop: Shop) -> None:
    sold(shop, sell([("var_water", "1"), ("var_kopi", "1"), (None, "1"), ("var_gula", "1"), ("var_noodle", "1")]))

    query = NOVEMBER | {"group_by": "product", "limit": "2"}
    products = []
    while True:
        report = shop.call(get_sales_report.handler, query=query).json
        products += [row["product"] for row in report["items"]]
        assert report["totals"]["orders"] == 1
        if report["next_cursor"] is None:
            break
        query["cursor"] = report["next_cursor"]

    assert products == [None, "var_gula", "var_kopi", "var_noodle", "var_water"]


def test_a_period_is_compared_day_by_day_with_the_one_before(shop: Shop) -> None:
    sold(shop, sell([("var_water", "1")]), sell([("var_water", "2")], hours=24), sell([("var_water", "5")], hours=48))

    query = {"from": "2026-11-26", "to": "2026-11-27", "compare": "previous_period"}
    report = shop.call(get_sales_report.handler, query=query).json

    assert [(row["day"], row["total"], row["compared"]["total"]) for row in report["items"]] == [
        ("2026-11-26", 20_000, 4_000),
        ("2026-11-27", 0, 8_000),
    ]
    assert (report["compared"]["from"], report["compared"]["to"]) == ("2026-11-24", "2026-11-25")
    assert (report["totals"]["total"], report["compared"]["totals"]["total"]) == (20_000, 12_000)


@pytest.mark.parametrize(
    ("query", "since"),
    [
        ({"compare": "previous_year"}, "2025-11-01"),
        ({"from": "2028-02-29", "to": "2028-03-01", "compare": "previous_year"}, "2027-02-28"),
        ({"compare_from": "2026-01-31"}, "2026-01-31"),
    ],
)
def test_any_other_period_can_be_compared_with(shop: Shop, query: dict[str, str], since: str) -> None:
    assert shop.call(get_sales_report.handler, query=NOVEMBER | query).json["compared"]["from"] == since


def test_groups_that_only_the_other_period_has_are_told_with_nothing_now(shop: Shop) -> None:
    sold(shop, sell([("var_water", "1")]), sell([("var_kopi", "1")], hours=24))

    query = {"from": "2026-11-25", "to": "2026-11-25", "compare_from": "2026-11-24", "group_by": "product"}
    rows = shop.call(get_sales_report.handler, query=query).json["items"]

    assert [(row["product"], row["quantity"], row["compared"]["quantity"]) for row in rows] == [
        ("var_kopi", "1", "0"),
        ("var_water", "0", "1"),
    ]


def test_months_are_compared_month_by_month(shop: Shop) -> None:
    sold(shop, sell([("var_water", "1")]), sell([("var_water", "2")], hours=24 * 31))

    query = {"from": "2026-12-01", "to": "2026-12-31", "compare_from": "2026-11-01", "group_by": "month"}
    [row] = shop.call(get_sales_report.handler, query=query).json["items"]

    assert (row["month"], row["total"], row["compared"]["total"]) == ("2026-12", 8_000, 4_000)


def test_top_products_come_first_and_the_least_sold_ones_the_other_way(shop: Shop) -> None:
    sold(shop, sell([("var_water", "5"), ("var_kopi", "1"), ("var_gula", "2")]))

    def first(**query: str) -> list[str]:
        query = NOVEMBER | {"group_by": "product", "limit": "2"} | query
        return [row["product"] for row in shop.call(get_sales_report.handler, query=query).json["items"]]

    assert first(sort="quantity") == ["var_water", "var_gula"]
    assert first(sort="quantity", order="asc") == ["var_kopi", "var_gula"]
    assert first(sort="margin") == ["var_gula", "var_water"]


def test_a_heat_map_has_the_hours_of_each_weekday_on_the_shops_clock(shop: Shop) -> None:
    sold(
        shop, sell([("var_water", "1")]), sell([("var_water", "2")], hours=24 * 7), sell([("var_water", "1")], hours=24)
    )

    rows = shop.call(get_sales_report.handler, query=NOVEMBER | {"group_by": "weekday_hour"}).json["items"]

    assert [(row["weekday"], row["hour"], row["orders"]) for row in rows if row["orders"]] == [
        (2, "08", 1),
        (3, "08", 1),
    ]


def test_who_gives_discounts_takes_back_and_cancels_is_told_against_what_they_sold(shop: Shop) -> None:
    sold(
        shop,
        sell([("var_water", "10")], discounts=[{"name": "Friend", "percent": "25"}], register_id=shop.register_id),
        sell([("var_water", "10")], course="cancelled", hours=1),
        go_on(sell([("var_water", "10")], course="lent", hours=1), [("pay", 4, 1), ("void", 1, 1)]),
    )

    rows = shop.call(get_sales_report.handler, query=NOVEMBER | {"group_by": "staff"}).json["items"]
    discounts = shop.call(get_sales_report.handler, query=NOVEMBER | {"group_by": "discount"}).json["items"]
    registers = shop.call(get_sales_report.handler, query=NOVEMBER | {"group_by": "register"}).json["items"]

    told = {row["staff"]: row for row in rows}
    assert (told["key_till"]["manual_discount"], told["key_till"]["manual_discount_percent"]) == (10_000, "12.5")
    assert sum(row["cancelled_total"] for row in rows) == 40_000
    assert (told["key_boss"]["voids"], told["key_boss"]["voided_amount"]) == (1, 40_000)
    assert [(row["discount_name"], row["promotion_id"], row["amount"]) for row in discounts] == [
        ("Friend", None, 10_000)
    ]
    assert {row["register"]: row["gross"] for row in registers if row["orders"]} == {
        None: 40_000,
        shop.register_id: 40_000,
    }


def test_it_says_how_far_the_totals_go_and_what_they_lack(shop: Shop) -> None:
    before = shop.call(get_sales_report.handler, query=NOVEMBER).json
    sold(shop, sell([("var_water", "1")]))
    store.quarantine(shop.merchant_id, [Unreadable("evt_1", "order.completed", 1, ("pk", "sk"), "lines")], clock.now())
    after = shop.call(get_sales_report.handler, query=NOVEMBER).json

    assert before["as_of"] == {"page": 0, "time": None, "quarantined": 0}
    assert (after["as_of"]["page"], after["as_of"]["quarantined"]) == (1, 1)


def test_without_sales_it_is_empty(shop: Shop) -> None:
    report = shop.call(get_sales_report.handler, query=NOVEMBER).json

    assert (report["items"], report["currency"], report["totals"]["orders"]) == ([], None, 0)


def test_nobody_elses_sales_are_reported(shop: Shop) -> None:
    sold(Shop.open(), sell([("var_water", "1")]))

    assert shop.call(get_sales_report.handler, query=NOVEMBER).json["items"] == []


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"from": "yesterday"}, "?from"),
        ({"from": "20261101"}, "?from"),
        ({"from": "1795512600"}, "?from"),
        ({"to": "2026-02-30"}, "?to"),
        ({"to": "2026-10-31"}, "?from"),
        ({"to": "2029-11-04"}, "?to"),
        ({"to": "2027-02-01", "group_by": "product"}, "?to"),
        ({"group_by": "weather"}, "?group_by"),
        ({"location_id": "#"}, "?location_id"),
        ({"currency": "rupiah"}, "?currency"),
        ({"limit": "2001"}, "?limit"),
        ({"cursor": "var_kopi"}, "?cursor"),
        ({"until": "2026-11-30"}, "?until"),
        ({"sort": "weather"}, "?sort"),
        ({"sort": "total", "cursor": "after:x"}, "?cursor"),
        ({"compare": "yesterday"}, "?compare"),
        ({"compare": "previous_year", "compare_from": "2025-01-01"}, "?compare_from"),
        ({"to": "2027-02-01", "group_by": "customer"}, "?to"),
        ({"from": "0001-01-01", "to": "0001-01-02", "compare": "previous_period"}, "?from"),
        ({"from": "0001-01-01", "to": "0001-01-02", "compare": "previous_year"}, "?from"),
        ({"compare_from": "9999-12-31"}, "?compare_from"),
    ],
)
def test_a_bad_parameter_is_refused_by_name(shop: Shop, change: dict[str, str], pointer: str) -> None:
    reply = shop.call(get_sales_report.handler, query=NOVEMBER | change)

    assert (reply.status, reply.pointers) == (422, [pointer])


def test_the_longest_ranges_are_answered(shop: Shop) -> None:
    for query in ({"to": "2029-11-02"}, {"to": "2027-01-31", "group_by": "product"}):
        assert shop.call(get_sales_report.handler, query=NOVEMBER | query).status == 200


@pytest.mark.parametrize("missing", ["from", "to"])
def test_the_range_must_be_named(shop: Shop, missing: str) -> None:
    query = {name: value for name, value in NOVEMBER.items() if name != missing}

    assert shop.call(get_sales_report.handler, query=query).pointers == [f"?{missing}"]


def test_it_needs_reports_read(shop: Shop) -> None:
    assert_needs("reports:read", shop, get_sales_report.handler, query=NOVEMBER)


def test_the_sample_reports_sales_by_day(shop: Shop) -> None:
    sold(shop, sell([("var_water", "1")]))

    report = send(get_sales_report.handler, sample("reports", "get_sales_report", shop)).json

    assert [row["day"] for row in report["items"]] == ["2026-11-24"]


@pytest.mark.parametrize("group_by", ["day", "month", "product", "hour"])
def test_a_location_of_many_reads_its_own_days_only_and_says_the_same(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, group_by: str
) -> None:
    sold(shop, *(sell([("var_kopi", "2")], hours=24 * day, location=place) for day in range(4) for place in LOCATIONS))
    query = NOVEMBER | {"location_id": LOCATIONS[1], "group_by": group_by}
    whole = shop.call(get_sales_report.handler, query=query).json
    asked: list[str] = []
    query_table = dynamo.query

    def heard(name: str, pk: str, **more: Any) -> dynamo.Page:
        asked.append(more.get("between", [""])[0])
        return query_table(name, pk, **more)

    monkeypatch.setattr(dynamo, "query", heard)
    for size in range(1, 8):  # wherever the first page ends
        asked.clear()
        monkeypatch.setattr(store, "_PAGE", size)
        assert shop.call(get_sales_report.handler, query=query).json == whole
        assert f"2026-11-30#{LOCATIONS[1]}#" in asked


def test_more_sheets_than_an_answer_is_made_of_are_refused_with_a_way_out(shop: Shop) -> None:
    sold(shop, *(sell([("var_kopi", "2")], location=place) for place in LOCATIONS))
    wanted = SalesQuery.model_validate(NOVEMBER)

    assert answering.sales(shop.merchant_id, wanted, most=2).totals.orders == 2
    with pytest.raises(Invalid, match="one location, or have the report as a file") as refused:
        answering.sales(shop.merchant_id, wanted, most=1)
    assert refused.value.code == "report.range_too_large"
    compared = wanted.model_copy(update={"compare": "previous_period"})
    assert answering.sales(shop.merchant_id, compared, most=2).compared is not None
