"""get_stock_movements_report, and the cost that movements bring to sales"""

from decimal import Decimal
from typing import Any

import pytest

from inventory import create_adjustment, list_movements
from orders import update_order_line
from payments import create_refund
from reports import get_sales_report, get_stock_movements_report
from staff import update_location
from tests.support.contract import assert_needs
from tests.support.samples import sample
from tests.support.shop import Shop, send
from tests.unit.inventory.stockroom import another_location, at_cost, begin_count, complete, found, receive, transfer
from tests.unit.orders.till import Till, custom, piece, set_clock
from tests.unit.reports.books import Books, tell

NOVEMBER = {"from": "2026-11-01", "to": "2026-11-30"}


@pytest.fixture
def till(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> Till:
    set_clock(monkeypatch, "2026-11-24T02:00:00Z")
    return Till(shop)


@pytest.fixture
def books(till: Till, monkeypatch: pytest.MonkeyPatch) -> Books:
    return Books.of(till, monkeypatch)


def sold(till: Till, *lines: Any, **fields: Any) -> str:
    reply = till.sell(*lines, complete=True, **fields)
    assert reply.status == 201, reply.text
    return str(reply.json["id"])


def test_what_was_there_and_all_that_moved_it_is_what_is_left(books: Books, monkeypatch: pytest.MonkeyPatch) -> None:
    till, variant = books.till, books.till.product()
    receive(till, at_cost(variant, "10", "40.5"))
    set_clock(monkeypatch, "2026-11-25T02:00:00Z")
    till.cancel(sold(till, piece(variant, "2")))
    sold(till, piece(variant, "3"))
    transfer(till, another_location(till), piece(variant, "1"))
    count = begin_count(till, variant).json["id"]
    found(till, count, piece(variant, "5"))
    complete(till, count)

    place = {"location_id": till.shop.location_id}
    report = tell(books, get_stock_movements_report.handler, **place, **{"from": "2026-11-25", "to": "2026-11-25"})

    [row] = report["items"]
    assert (row["variant_id"], row["opening"], row["closing"], row["closing_value"]) == (variant, "10", "5", "202.5")
    assert {cause: sums["quantity"] for cause, sums in row["incoming"].items()} == {"cancel": "2"}
    assert {cause: sums["quantity"] for cause, sums in row["outgoing"].items()} == {
        "sale": "5",
        "transfer_out": "1",
        "count": "1",
    }
    assert row["outgoing"]["sale"] == {"quantity": "5", "cost": "202.5", "uncosted": "0"}
    assert report["totals"]["shrinkage"] == {"quantity": "1", "cost": "40.5", "uncosted": "0"}


def test_it_is_the_ledger_whatever_happened(books: Books) -> None:
    till, variants = books.till, [books.till.product(price=900 + n) for n in range(3)]
    receive(till, *(at_cost(variant, "20", f"{n}.3333") for n, variant in enumerate(variants, 1)))
    for n, variant in enumerate(variants):
        order = sold(till, piece(variant, "2"), piece(variants[0], "1"), payments=[{"method": "cash", "amount": 1}])
        receive(till, at_cost(variant, "3", f"{n}.1"))
        body = {"location_id": till.shop.location_id, "reason": "theft", "lines": [piece(variant, "-0.5")]}
        till.shop.call(create_adjustment.handler, body)
        if n:
            till.cancel(order)

    report = tell(books, get_stock_movements_report.handler, location_id=till.shop.location_id, **NOVEMBER)

    for row in report["items"]:
        query = {"location_id": till.shop.location_id, "variant_id": row["variant_id"]}
        ledger = till.shop.call(list_movements.handler, query=query).json["items"]
        came = [one for one in ledger if Decimal(one["change"]) > 0]
        went = [one for one in ledger if Decimal(one["change"]) < 0]
        assert (row["opening"], row["closing"]) == ("0", ledger[0]["on_hand"])
        for side, movements in (("incoming", came), ("outgoing", went)):
            assert sum(Decimal(one["quantity"]) for one in row[side].values()) == abs(
                sum(Decimal(one["change"]) for one in movements)
            )
            assert sum(Decimal(one["cost"]) for one in row[side].values()) == abs(
                sum(Decimal(one["change"]) * Decimal(one["unit_cost"]) for one in movements)
            )


def test_margin_is_what_was_sold_less_what_it_cost_by_what_it_was_sold_as(books: Books) -> None:
    till = books.till
    bean, cup = till.product(), till.product()
    receive(till, at_cost(bean, "100", "20"), at_cost(cup, "100", "3"))
    coffee = till.product(price=500, components=[piece(bean, "0.5"), piece(cup)])
    paid = [{"method": "cash", "amount": 1590}]
    order = sold(till, piece(coffee, "3"), piece(cup, "2", price=10), custom(70), payments=paid)
    refund = {"reason": "Cold", "lines": [{"line_id": "lin_1", "quantity": "1"}]}
    assert till.shop.call(create_refund.handler, refund, id=order).status == 200

    by_product = tell(books, get_sales_report.handler, group_by="product", **NOVEMBER)["items"]
    day = tell(books, get_sales_report.handler, **NOVEMBER)["totals"]

    costs = {row["product"]: (row["net"], row["cost"], row["margin"]) for row in by_product}
    assert costs == {None: (70, "0", "70"), coffee: (1500, "26", "974"), cup: (20, "6", "14")}
    assert (day["cost"], day["margin"], day["untracked_net"], day["uncosted"]) == ("32", "1058", 70, "0")


def test_what_has_no_known_cost_is_told_by_how_much_of_it_was_sold(books: Books) -> None:
    variant = books.till.product()
    sold(books.till, piece(variant, "2"))

    totals = tell(books, get_sales_report.handler, **NOVEMBER)["totals"]

    assert (totals["cost"], totals["uncosted"]) == ("0", "2")


def test_goods_that_leave_an_open_order_again_cost_nothing(books: Books) -> None:
    till, variant = books.till, books.till.product()
    receive(till, at_cost(variant, "10", "40"))
    order = till.sell(piece(variant, "3")).json["id"]
    assert (
        till.shop.call(update_order_line.handler, {"quantity": "1"}, path={"id": order, "line_id": "lin_1"}).status
        == 200
    )

    assert tell(books, get_sales_report.handler, **NOVEMBER)["totals"]["cost"] == "40"


def test_a_sale_before_the_day_begins_is_of_the_day_before_with_all_that_it_moves(
    books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    till, variant = books.till, books.till.product()
    till.shop.call(update_location.handler, {"day_start": "04:00"}, id=till.shop.location_id)
    receive(till, at_cost(variant, "10", "40"))
    set_clock(monkeypatch, "2026-11-24T18:30:00Z")  # 01:30 on the 25th there
    order = till.sell(piece(variant), complete=True, register_id=till.shop.register_id).json

    days = tell(books, get_sales_report.handler, **NOVEMBER)["items"]
    report = tell(books, get_stock_movements_report.handler, location_id=till.shop.location_id, **NOVEMBER)

    assert (order["business_date"], "-20261124-" in order["number"]) == ("2026-11-24", True)
    assert [(day["day"], day["orders"], day["cost"]) for day in days] == [("2026-11-24", 1, "40")]
    assert report["items"][0]["outgoing"]["sale"]["quantity"] == "1"


def test_an_offline_sale_costs_on_the_day_that_it_sold(books: Books) -> None:
    till, variant = books.till, books.till.product()
    receive(till, at_cost(variant, "10", "40"))
    sold(till, piece(variant), occurred_at="2026-11-22T02:00:00Z")

    days = tell(books, get_sales_report.handler, **NOVEMBER)["items"]

    assert [(day["day"], day["orders"], day["cost"]) for day in days] == [("2026-11-22", 1, "40")]


def test_one_variant_can_be_asked_for_and_pages_lead_through_all(books: Books) -> None:
    till, variants = books.till, sorted(books.till.product(stock="1") for _ in range(3))
    place = {"location_id": till.shop.location_id, **NOVEMBER}

    first = tell(books, get_stock_movements_report.handler, limit="2", **place)
    rest = tell(books, get_stock_movements_report.handler, limit="2", cursor=first["next_cursor"], **place)
    one = tell(books, get_stock_movements_report.handler, variant_id=variants[1], **place)

    assert [row["variant_id"] for row in first["items"] + rest["items"]] == variants
    assert ([row["variant_id"] for row in one["items"]], rest["next_cursor"]) == ([variants[1]], None)


def test_days_in_the_wrong_order_or_too_many_are_refused(shop: Shop) -> None:
    for to, pointer in (("2026-10-31", "?from"), ("2027-03-01", "?to")):
        query = {"from": "2026-11-01", "to": to, "location_id": shop.location_id}
        reply = shop.call(get_stock_movements_report.handler, query=query)
        assert (reply.status, reply.pointers) == (422, [pointer])


def test_nobody_elses_stock_is_told(books: Books) -> None:
    books.till.product(stock="1")
    books.tell()
    query = {"location_id": books.till.shop.location_id, **NOVEMBER}

    assert Shop.open().call(get_stock_movements_report.handler, query=query).json["items"] == []


def test_it_needs_reports_read(shop: Shop) -> None:
    query = {"location_id": shop.location_id, **NOVEMBER}
    assert_needs("reports:read", shop, get_stock_movements_report.handler, query=query)


def test_the_sample_tells_what_moved(books: Books) -> None:
    variant = books.till.product(stock="1")
    books.tell()

    answer = send(get_stock_movements_report.handler, sample("reports", "get_stock_movements_report", books.till.shop))

    assert [row["variant_id"] for row in answer.json["items"]] == [variant]
