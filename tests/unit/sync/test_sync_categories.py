"""sync_categories"""

from typing import Any

from catalog import create_category, delete_category, get_category, list_categories, update_category
from sync import sync_categories
from tests.support.contract import assert_needs, events_of
from tests.support.samples import sample
from tests.support.shop import Reply, Shop, send
from tests.unit.sync.records import conflicts, decide, product, record, tell_category, told


def tell(shop: Shop, *records: Any, **options: Any) -> Reply:
    return shop.call(sync_categories.handler, {"source": "erp", "records": list(records), **options})


def category(shop: Shop, id: str) -> Any:
    return shop.call(get_category.handler, id=id).json


def test_the_sample_event_synchronises_what_is_inside_after_what_it_is_inside_of(shop: Shop) -> None:
    reply = send(sync_categories.handler, sample("sync", "sync_categories", shop))

    assert (reply.status, reply.json["counts"]) == (200, {"created": 2})
    hot, coffee = (result["id"] for result in reply.json["results"])
    assert category(shop, hot)["parent_id"] == coffee
    assert [event["type"] for event in events_of(shop, hot)] == ["category.created"]


def test_products_name_a_category_by_the_sources_id_for_it(shop: Shop) -> None:
    unknown = told(shop, record(category_external_id="C-1"))
    made = tell_category(shop)

    result = told(shop, record(category_external_id="C-1"))

    assert [problem["code"] for problem in unknown["errors"]] == ["category.unknown"]
    assert [problem["pointer"] for problem in unknown["errors"]] == ["/category_external_id"]
    assert product(shop, result["id"])["category_id"] == made["id"]


def test_both_sides_change_names_and_what_both_changed_is_a_conflict(shop: Shop) -> None:
    made = tell_category(shop)
    assert tell_category(shop)["result"] == "unchanged"
    assert tell_category(shop, name="Kopi")["result"] == "updated"
    shop.call(update_category.handler, {"name": "Coffee bar"}, id=made["id"])

    result = tell_category(shop, name="Coffees")

    assert (result["result"], category(shop, made["id"])["name"]) == ("conflict", "Coffee bar")
    [conflict] = conflicts(shop)
    assert conflict["fields"] == [{"path": "name", "base": "Kopi", "ours": "Coffee bar", "theirs": "Coffees"}]
    assert decide(shop, conflict["id"], "theirs").status == 200
    assert category(shop, made["id"])["name"] == "Coffees"
    assert tell_category(shop, name="Coffees")["result"] == "unchanged"


def test_a_category_is_moved_and_what_would_be_a_circle_is_refused(shop: Shop) -> None:
    tell(shop, {"external_id": "A", "name": "A"}, {"external_id": "B", "name": "B", "parent_external_id": "A"})

    circle = tell_category(shop, "A", name="A", parent_external_id="B")
    up = tell_category(shop, "B", name="B", parent_external_id=None)

    assert [problem["code"] for problem in circle["errors"]] == ["category.cycle"]
    assert (up["result"], category(shop, up["id"])["parent_id"]) == ("updated", None)


def test_categories_inside_of_each_other_are_refused_and_hold_up_no_other(shop: Shop) -> None:
    reply = tell(
        shop,
        {"external_id": "A", "name": "A", "parent_external_id": "B"},
        {"external_id": "B", "name": "B", "parent_external_id": "A"},
        {"external_id": "C", "name": "C"},
    )

    assert [result["result"] for result in reply.json["results"]] == ["invalid", "invalid", "created"]


def test_what_is_inside_goes_before_what_it_is_inside_of(shop: Shop) -> None:
    tell(shop, {"external_id": "A", "name": "A"}, {"external_id": "B", "name": "B", "parent_external_id": "A"})

    reply = tell(shop, {"external_id": "A", "deleted": True}, {"external_id": "B", "deleted": True})

    assert reply.json["counts"] == {"deleted": 2}
    assert shop.call(list_categories.handler).json["items"] == []


def test_a_category_that_products_are_in_does_not_go(shop: Shop) -> None:
    made = tell_category(shop)
    told(shop, record(category_external_id="C-1"))

    result = tell_category(shop, deleted=True)

    assert [problem["code"] for problem in result["errors"]] == ["category.not_empty"]
    assert category(shop, made["id"])["name"] == "Coffee"


def test_a_category_of_the_same_name_is_taken_over_only_if_asked_and_if_there_is_one_such(shop: Shop) -> None:
    ours = shop.call(create_category.handler, {"name": "Tea"}).json
    gone = shop.call(create_category.handler, {"name": "tea"}).json
    two = tell_category(shop, "T-0", name="TEA", match_by=["name"])
    shop.call(delete_category.handler, id=gone["id"])
    shop.call(delete_category.handler, id=two["id"])

    other = tell_category(shop, "T-1", name="tea")
    shop.call(delete_category.handler, id=other["id"])
    taken = tell_category(shop, "T-2", name="tea", match_by=["name"])

    assert two["id"] not in (ours["id"], gone["id"])
    assert other["id"] != ours["id"]
    assert (taken["result"], taken["id"]) == ("updated", ours["id"])


def test_a_new_category_needs_a_name_and_a_dry_run_makes_none(shop: Shop) -> None:
    nameless = tell(shop, {"external_id": "C-1"}).json["results"][0]
    dry = tell_category(shop, dry_run=True)

    assert [problem["pointer"] for problem in nameless["errors"]] == ["/name"]
    assert (dry["result"], dry["id"]) == ("created", None)
    assert shop.call(list_categories.handler).json["items"] == []


def test_it_needs_its_permission(shop: Shop) -> None:
    assert_needs("sync:write", shop, sync_categories.handler, {"source": "erp", "records": [{"external_id": "X"}]})
