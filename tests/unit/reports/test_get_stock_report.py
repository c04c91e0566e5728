"""get_stock_report"""

from decimal import Decimal

import pytest

from inventory import store as inventory
from inventory import update_level
from inventory.models import Cause
from pos import clock, dynamo
from pos.ids import new_id
from reports import get_stock_report
from tests.support.contract import all_pages, assert_needs
from tests.support.samples import sample
from tests.support.shop import Shop, send
from tests.unit.inventory.stockroom import another_location, at_cost
from tests.unit.inventory.stockroom import receive as received
from tests.unit.orders.till import Till, piece
from tests.unit.reports.books import Books, tell


@pytest.fixture
def till(shop: Shop) -> Till:
    return Till(shop)


def receive(shop: Shop, location_id: str, quantity: str) -> str:
    """Put so much of a new variant on the shelf; its id."""
    variant_id = new_id("var")
    dynamo.transact(
        [
            inventory.move(
                shop.merchant_id,
                location_id,
                variant_id,
                Decimal(quantity),
                Cause(type="adjustment", id="adj_test"),
                "key_test",
                clock.now(),
            )
        ]
    )
    return variant_id


def test_it_answers_what_is_on_hand_to_the_gram(shop: Shop) -> None:
    variant_id = receive(shop, shop.location_id, "2.125")

    [level] = shop.call(get_stock_report.handler, query={"location_id": shop.location_id}).json["items"]

    assert (level["variant_id"], level["location_id"], level["on_hand"]) == (variant_id, shop.location_id, "2.125")


def test_cursors_lead_through_all_variants_of_the_location_once(shop: Shop) -> None:
    variants = [receive(shop, shop.location_id, "1") for _ in range(5)]
    receive(shop, "loc_other", "1")

    levels = all_pages(shop, get_stock_report.handler, limit=2, location_id=shop.location_id)

    assert [level["variant_id"] for level in levels] == sorted(variants)


def test_nobody_elses_stock_is_reported(shop: Shop) -> None:
    receive(Shop.open(), shop.location_id, "1")

    reply = shop.call(get_stock_report.handler, query={"location_id": shop.location_id})

    assert (reply.json["items"], reply.json["next_cursor"]) == ([], None)
    assert reply.json["totals"] == {"variants": 0, "value": 0, "unvalued": 0, "low_stock": 0}


def test_the_value_of_a_location_is_the_sum_of_its_levels(till: Till) -> None:
    whole, weighed, negative, unknown, empty = (till.product() for _ in range(5))
    at = [at_cost(whole, "3", "333.3333"), at_cost(weighed, "1.25", "1000.5"), at_cost(negative, "1", "70")]
    received(till, *at)
    till.sell(piece(negative, "3"))
    till.adjust(unknown, "2")
    till.adjust(empty, "2")
    till.adjust(empty, "-2")
    received(till, at_cost(whole, "100", "1"), location_id=another_location(till))

    levels = all_pages(till.shop, get_stock_report.handler, limit=2, location_id=till.shop.location_id)
    totals = till.shop.call(get_stock_report.handler, query={"location_id": till.shop.location_id}).json["totals"]

    assert [one["value"] for one in levels] == [1000, 1251, -140, None, None]
    assert totals == {"variants": 5, "value": 2111, "unvalued": 1, "low_stock": 0}


def test_what_is_low_is_counted_and_can_be_asked_for_alone(till: Till) -> None:
    low, fine = till.product(stock="3"), till.product(stock="3")
    for variant, threshold in ((low, "3"), (fine, "2")):
        path = {"location_id": till.shop.location_id, "variant_id": variant}
        till.shop.call(update_level.handler, {"threshold": threshold}, path=path)

    query = {"location_id": till.shop.location_id, "low_stock": "true"}
    reply = till.shop.call(get_stock_report.handler, query=query)

    assert [one["variant_id"] for one in reply.json["items"]] == [low]
    assert (reply.json["totals"]["variants"], reply.json["totals"]["low_stock"]) == (2, 1)


def test_totals_come_with_the_first_page_only(till: Till) -> None:
    for _ in range(2):
        till.product(stock="1")
    query = {"location_id": till.shop.location_id, "limit": "1"}
    cursor = till.shop.call(get_stock_report.handler, query=query).json["next_cursor"]

    reply = till.shop.call(get_stock_report.handler, query={**query, "cursor": cursor})

    assert (len(reply.json["items"]), reply.json["totals"]) == (1, None)


@pytest.mark.parametrize(
    ("query", "pointer"), [({}, "?location_id"), ({"location_id": "loc_main", "limit": "201"}, "?limit")]
)
def test_a_bad_parameter_is_refused_by_name(shop: Shop, query: dict[str, str], pointer: str) -> None:
    reply = shop.call(get_stock_report.handler, query=query)

    assert (reply.status, reply.pointers) == (422, [pointer])


def test_what_was_sold_says_how_long_the_stock_lasts_and_what_moves_slowly(
    till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    books = Books.of(till, monkeypatch)
    quick, slow, stuck, gone = (till.product(stock="10") for _ in range(4))
    received(till, at_cost(stuck, "1", "500"))
    for line in (piece(quick, "4"), piece(slow, "1"), piece(gone, "10")):
        assert till.sell(line, complete=True).status == 201
    till.cancel(str(till.sell(piece(slow, "2"), complete=True).json["id"]))

    place = {"location_id": till.shop.location_id, "days": "7"}
    rows = tell(books, get_stock_report.handler, **place)["items"]
    slowest = tell(books, get_stock_report.handler, **place, slow_movers="true", limit="2")["items"]

    told = {row["variant_id"]: (row["on_hand"], row["sold"], row["days_of_cover"]) for row in rows}
    assert told == {
        quick: ("6", "4", "10.5"),
        slow: ("9", "1", "63"),
        stuck: ("11", "0", None),
        gone: ("0", "10", "0"),
    }
    assert [row["variant_id"] for row in slowest] == [stuck, slow]


def test_slow_movers_are_those_of_some_days_on_one_page(shop: Shop) -> None:
    for more in ({}, {"days": "7", "low_stock": "true"}, {"days": "7", "cursor": "abc"}, {"days": "93"}):
        query = {"location_id": shop.location_id, "slow_movers": "true", **more}
        assert shop.call(get_stock_report.handler, query=query).status == 422


def test_it_needs_reports_read(shop: Shop) -> None:
    assert_needs("reports:read", shop, get_stock_report.handler, query={"location_id": shop.location_id})


def test_the_sample_reports_stock(shop: Shop) -> None:
    variant_id = receive(shop, shop.location_id, "3")

    [level] = send(get_stock_report.handler, sample("reports", "get_stock_report", shop)).json["items"]

    assert level["variant_id"] == variant_id
