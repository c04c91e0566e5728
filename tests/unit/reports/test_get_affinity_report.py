"""get_affinity_report"""

from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports import effects, get_affinity_report, sheets
from reports.models import Sale
from reports.sheets import BASKETS, EMPTY, Place, Posting, SheetKey, sheet_after
from tests.support.contract import assert_needs
from tests.support.samples import sample
from tests.support.shop import Shop, send
from tests.unit.reports.sales import project, publish, sell

NOVEMBER = {"from": "2026-11-01", "to": "2026-11-30"}
KEY = SheetKey("basket", "2026-11-24", "loc_main", "IDR")


def sold(shop: Shop, *sales: Any) -> None:
    """Put sales in the shop's totals."""
    publish(shop.merchant_id, [change for one in sales for change in one])
    project(shop.merchant_id)


def test_of_few_baskets_it_tells_exactly_what_was_bought_together(shop: Shop) -> None:
    pair = [("var_kopi", "1"), ("var_gula", "2")]
    sold(
        shop,
        sell(pair),
        sell([*pair, ("var_water", "1"), (None, "1")]),
        sell([("var_kopi", "1")]),
        sell([("var_water", "1")], hours=24),
        sell(pair, course="cancelled"),
    )

    report = shop.call(get_affinity_report.handler, query=NOVEMBER).json

    assert (report["orders"], report["baskets"], report["sampled"]) == (4, 4, False)
    assert report["items"] == [
        {
            "product": "var_gula",
            "with_product": "var_kopi",
            "orders": "2",
            "support_percent": "50",
            "of_product_percent": "100",
            "of_with_product_percent": "66.67",
            "lift": "1.33",
        }
    ]


def test_what_goes_with_one_product_can_be_asked_for_rare_pairs_too(shop: Shop) -> None:
    sold(shop, sell([("var_kopi", "1"), ("var_gula", "2")]), sell([("var_kopi", "1"), ("var_water", "2")]))

    query = NOVEMBER | {"product": "var_water", "min_orders": "1"}
    [row] = shop.call(get_affinity_report.handler, query=query).json["items"]

    assert (row["product"], row["with_product"], row["of_product_percent"]) == ("var_water", "var_kopi", "100")


def test_a_busy_days_sample_stands_for_all_of_it(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "SAMPLED_BASKETS", 3)
    sold(shop, *(sell([("var_kopi", "1"), ("var_gula", "2")]) for _ in range(12)))

    report = shop.call(get_affinity_report.handler, query=NOVEMBER).json

    assert (report["orders"], report["baskets"], report["sampled"]) == (12, 3, True)
    assert [(row["orders"], row["lift"]) for row in report["items"]] == [("12", "1")]


def basket(page: int, order_id: str, times: int = 1) -> Posting:
    """A posting of a basket, or of its being cancelled."""
    return Posting(page, Place(KEY, BASKETS, order_id), Counter(var_kopi=times))


@given(st.lists(st.integers(0, 99), unique=True, max_size=99), st.randoms(use_true_random=False))
def test_which_baskets_are_drawn_does_not_depend_on_when_they_come(ids: list[int], random: Any) -> None:
    pages = [basket(page, f"ord_{id}") for page, id in enumerate(ids, 1)]
    shuffled = [basket(page, f"ord_{id}") for page, id in enumerate(random.sample(ids, len(ids)), 1)]
    one, many = sheet_after(EMPTY, pages, len(ids)), EMPTY
    for page, posting in enumerate(shuffled, 1):
        many = sheet_after(many, [posting], page)

    assert one.rows == many.rows
    assert len(one.rows.get(BASKETS, {})) == min(len(ids), sheets.SAMPLED_BASKETS)


@given(st.lists(st.integers(0, 60), unique=True, min_size=1, max_size=60))
def test_a_basket_that_is_cancelled_leaves_the_sample_and_nothing_else(ids: list[int]) -> None:
    sheet = sheet_after(EMPTY, [basket(1, f"ord_{id}") for id in ids], 1)

    after = sheet_after(sheet, [basket(2, f"ord_{ids[0]}", -1)], 2)

    kept = dict(sheet.rows[BASKETS])
    kept.pop(f"ord_{ids[0]}", None)
    assert dict(after.rows.get(BASKETS, {})) == kept


def test_a_basket_is_remembered_by_what_came_to_most(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(effects, "PRODUCTS_OF_A_BASKET", 2)
    [change] = sell([("var_water", "1"), ("var_kopi", "1"), ("var_gula", "1")])

    sums = effects.effect(Sale.model_validate_json(change.order.json_bytes()))

    [products] = [figures for place, figures in sums.items() if place.dimension == BASKETS]
    assert set(products) == {"var_kopi", "var_gula"}


def test_days_in_the_wrong_order_or_too_many_are_refused(shop: Shop) -> None:
    for to, pointer in (("2026-10-31", "?from"), ("2027-03-01", "?to")):
        reply = shop.call(get_affinity_report.handler, query={"from": "2026-11-01", "to": to})
        assert (reply.status, reply.pointers) == (422, [pointer])


def test_it_needs_reports_read(shop: Shop) -> None:
    assert_needs("reports:read", shop, get_affinity_report.handler, query=NOVEMBER)


def test_the_sample_tells_of_baskets(shop: Shop) -> None:
    sold(shop, sell([("var_kopi", "1"), ("var_gula", "2")]))

    assert send(get_affinity_report.handler, sample("reports", "get_affinity_report", shop)).json["baskets"] == 1
