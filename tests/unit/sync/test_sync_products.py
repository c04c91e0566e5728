"""sync_products"""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from catalog import create_product, delete_product, list_products
from sync import sync_products, telling
from tests.support.contract import assert_needs, events_of
from tests.support.samples import sample
from tests.support.shop import Shop, send
from tests.unit.sync.records import (
    conflicts,
    contest,
    edit,
    own,
    price_here,
    product,
    record,
    tell,
    told,
    variant,
)


def test_the_sample_event_synchronises(shop: Shop) -> None:
    event = sample("sync", "sync_products", shop)

    reply = send(sync_products.handler, event)

    assert reply.status == 200
    assert reply.json["counts"] == {"created": 1, "unchanged": 1}


def test_a_new_record_makes_a_product_that_is_found_by_its_external_id(shop: Shop) -> None:
    result = told(shop, record(tax_ids=[], image_urls=["https://example.com/kopi.jpg"]))

    assert (result["result"], result["version"], result["errors"]) == ("created", 1, [])
    made = product(shop, result["id"])
    assert made["external_ids"] == {"erp": "P-1"}
    assert (made["name"], made["variants"][0]["sku"], made["variants"][0]["price"]) == ("Kopi Susu", "ES-KOPI", 18000)
    found = shop.call(list_products.handler, query={"external_id": "erp:P-1"}).json["items"]
    assert [one["id"] for one in found] == [result["id"]]
    assert [event["type"] for event in events_of(shop, result["id"])] == ["product.created"]


def test_what_is_told_again_changes_nothing_and_makes_no_event(shop: Shop) -> None:
    made = told(shop, record())

    again = told(shop, record())

    assert (again["result"], again["id"], again["version"]) == ("unchanged", made["id"], 1)
    assert len(events_of(shop, made["id"])) == 1


def test_what_the_source_changed_is_changed_and_what_we_changed_stays(shop: Shop) -> None:
    made = told(shop, record())
    edit(shop, made["id"], name="Es Kopi Susu")

    result = told(shop, record(variants=[variant(19000)]))

    assert result["result"] == "updated"
    now = product(shop, made["id"])
    assert (now["name"], now["variants"][0]["price"]) == ("Es Kopi Susu", 19000)


def test_what_is_left_out_of_a_record_stays(shop: Shop) -> None:
    made = told(shop, record(image_urls=["https://example.com/kopi.jpg"]))
    before = product(shop, made["id"])

    told(shop, {"external_id": "P-1", "name": "Kopi"})

    assert product(shop, made["id"]) == before | {
        "name": "Kopi",
        "version": 2,
        "updated_at": product(shop, made["id"])["updated_at"],
    }


def test_a_field_that_both_changed_is_a_conflict_and_the_others_are_synchronised(shop: Shop) -> None:
    made = told(shop, record())
    price_here(shop, made["id"], 20000)

    result = told(shop, record(name="Kopi Susu Baru", variants=[variant(19000)]))

    assert result["result"] == "conflict"
    now = product(shop, made["id"])
    assert (now["name"], now["variants"][0]["price"]) == ("Kopi Susu Baru", 20000)
    [conflict] = conflicts(shop)
    assert (conflict["id"], conflict["status"]) == (result["conflict_id"], "open")
    assert conflict["entity_name"] == "Kopi Susu Baru"
    assert conflict["fields"] == [{"path": "variants/V-1/price", "base": 18000, "ours": 20000, "theirs": 19000}]
    assert [event["type"] for event in events_of(shop, conflict["id"])] == ["conflict.opened"]


def test_a_conflict_that_is_told_again_is_the_same_one(shop: Shop) -> None:
    _, first = contest(shop)

    again = told(shop, record(variants=[variant(19000)]))

    assert again == first
    [conflict] = conflicts(shop)
    assert conflict["version"] == 1


def test_a_conflict_ends_by_itself_when_both_agree_again(shop: Shop) -> None:
    product_id, _ = contest(shop)

    result = told(shop, record(variants=[variant(20000)]))

    assert result["result"] == "unchanged"
    assert conflicts(shop) == []
    [conflict] = conflicts(shop, "all")
    assert (conflict["status"], conflict["resolution"]) == ("resolved", "agreed")
    assert product(shop, product_id)["variants"][0]["price"] == 20000


def test_our_own_change_that_comes_back_late_is_no_conflict(shop: Shop) -> None:
    made = told(shop, record())
    price_here(shop, made["id"], 20000)
    price_here(shop, made["id"], 21000)

    result = told(shop, record(variants=[variant(20000)]))

    assert (result["result"], conflicts(shop)) == ("unchanged", [])
    assert product(shop, made["id"])["variants"][0]["price"] == 21000


def test_the_owner_of_a_field_decides_it(shop: Shop) -> None:
    own(shop, variants__price="kasir", name="source")
    made = told(shop, record())
    price_here(shop, made["id"], 20000)
    edit(shop, made["id"], name="Ours")

    result = told(shop, record(name="Theirs", variants=[variant(19000)]))

    assert (result["result"], conflicts(shop)) == ("updated", [])
    now = product(shop, made["id"])
    assert (now["name"], now["variants"][0]["price"]) == ("Theirs", 20000)


def test_variants_come_and_go_with_the_source_and_ours_stay(shop: Shop) -> None:
    large = {"external_id": "V-2", "sku": "KOPI-L", "price": 23000}
    made = told(shop, record(variants=[variant(), large]))
    kept = {one["sku"]: one["id"] for one in product(shop, made["id"])["variants"]}
    edit(shop, made["id"], variants=[*product(shop, made["id"])["variants"], {"sku": "OURS", "price": 1}])

    result = told(shop, record(variants=[{"external_id": "V-3", "sku": "KOPI-XL", "price": 27000}, large]))

    assert result["result"] == "updated"
    now = {one["sku"]: one["id"] for one in product(shop, made["id"])["variants"]}
    assert now.keys() == {"KOPI-L", "KOPI-XL", "OURS"}
    assert now["KOPI-L"] == kept["KOPI-L"]


def test_a_record_without_any_variant_of_ours_left_is_refused(shop: Shop) -> None:
    made = told(shop, record())

    result = told(shop, record(variants=[]))

    assert result["result"] == "invalid"
    assert result["errors"][0]["pointer"] == "/variants"
    assert product(shop, made["id"])["version"] == 1


def test_a_deleted_record_retires_the_product_unless_we_changed_it(shop: Shop) -> None:
    first, second = (told(shop, record(id, variants=[{"sku": id, "price": 1}])) for id in ("P-1", "P-2"))
    edit(shop, second["id"], name="Ours")

    results = tell(shop, *({"external_id": id, "deleted": True} for id in ("P-1", "P-2"))).json["results"]

    assert [result["result"] for result in results] == ["deleted", "conflict"]
    assert events_of(shop, first["id"])[-1]["type"] == "product.deleted"
    assert product(shop, second["id"])["name"] == "Ours"
    [conflict] = conflicts(shop)
    assert [one["path"] for one in conflict["fields"]] == [""]
    assert conflict["fields"][0]["theirs"] is None
    assert told(shop, {"external_id": "P-1", "deleted": True})["result"] == "unchanged"


def test_a_product_that_the_source_deleted_may_come_back_as_a_new_one(shop: Shop) -> None:
    first = told(shop, record())
    told(shop, {"external_id": "P-1", "deleted": True})

    again = told(shop, record())

    assert again["result"] == "created"
    assert again["id"] != first["id"]


def test_a_product_that_we_retired_stays_retired_until_the_source_changes_it(shop: Shop) -> None:
    made = told(shop, record())
    shop.call(delete_product.handler, id=made["id"])

    same = told(shop, record())
    changed = told(shop, record(name="New"))

    assert (same["result"], changed["result"]) == ("unchanged", "conflict")
    [conflict] = conflicts(shop)
    assert conflict["fields"][0]["ours"] is None


def test_a_product_with_the_external_id_is_taken_over(shop: Shop) -> None:
    body = {"name": "Kopi", "external_ids": {"erp": "P-1"}, "variants": [{"sku": "ES-KOPI", "price": 1}]}
    ours = shop.call(create_product.handler, body).json

    result = told(shop, record())

    assert (result["result"], result["id"]) == ("updated", ours["id"])
    now = product(shop, ours["id"])
    assert [one["id"] for one in now["variants"]] == [ours["variants"][0]["id"]]
    assert (now["name"], now["variants"][0]["price"]) == ("Kopi Susu", 18000)


def test_a_product_of_the_same_sku_is_taken_over_only_if_asked(shop: Shop) -> None:
    ours = shop.call(create_product.handler, {"name": "Kopi", "variants": [{"sku": "ES-KOPI", "price": 1}]}).json

    refused = told(shop, record())
    taken = told(shop, record(), match_by=["sku"])

    assert (refused["result"], refused["errors"][0]["code"]) == ("invalid", "variant.sku_taken")
    assert (taken["result"], taken["id"]) == ("updated", ours["id"])
    assert told(shop, record())["result"] == "unchanged"
    assert told(shop, {"external_id": "P-9", "deleted": True}, match_by=["sku", "barcode"])["result"] == "unchanged"


def test_each_record_is_answered_for_itself(shop: Shop) -> None:
    reply = tell(
        shop,
        record("P-1"),
        record("P-2", name=5),
        {"name": "no id"},
        record("P-3", variants=[{"sku": "A", "price": 1}, {"sku": "A", "price": 2}]),
        record("P-4", tax_ids=["tax_none"], variants=[{"sku": "T", "price": 1}]),
        record("P-5", category_external_id="C-9", variants=[{"sku": "C", "price": 1}]),
        record("P-6", variants=[{"sku": "N"}]),
        record("P-1"),
        {"external_id": "P-7"},
    ).json

    assert reply["counts"] == {"created": 1, "invalid": 8}
    pointers = [result["errors"][0]["pointer"] if result["errors"] else None for result in reply["results"]]
    assert pointers == [
        None,
        "/name",
        "/external_id",
        "/variants/1",
        "/tax_ids/0",
        "/category_external_id",
        "/variants",
        "/external_id",
        "/name",
    ]
    assert [result["external_id"] for result in reply["results"]][:3] == ["P-1", "P-2", None]


def test_a_dry_run_says_what_would_happen_and_changes_nothing(shop: Shop) -> None:
    made = told(shop, record())
    price_here(shop, made["id"], 20000)

    reply = tell(
        shop, record(variants=[variant(19000)]), record("P-2", variants=[{"sku": "B", "price": 1}]), dry_run=True
    ).json

    assert [result["result"] for result in reply["results"]] == ["conflict", "created"]
    assert reply["results"][1]["id"] is None
    assert conflicts(shop) == []
    assert shop.call(list_products.handler).json["items"] == [product(shop, made["id"])]


def test_a_stale_record_changes_nothing(shop: Shop) -> None:
    made = told(shop, record(changed_at="2026-11-29T10:00:00Z"))

    stale = told(shop, record(name="Older", changed_at="2026-11-29T09:00:00Z"))
    newer = told(shop, record(name="Newer", changed_at="2026-11-29T11:00:00Z"))

    assert (stale["result"], newer["result"]) == ("unchanged", "updated")
    assert product(shop, made["id"])["name"] == "Newer"


def test_sources_and_merchants_do_not_meet(shop: Shop) -> None:
    other = Shop.open()
    mine = told(shop, record())

    theirs = told(other, record())
    second = tell(shop, record(variants=[{"sku": "POS-2", "price": 1}]), source="webshop").json["results"][0]

    assert (theirs["result"], second["result"]) == ("created", "created")
    assert len({mine["id"], theirs["id"], second["id"]}) == 3


def test_the_same_call_many_times_at_once_makes_each_product_once(shop: Shop) -> None:
    records = [record(f"P-{n}", variants=[{"sku": f"S-{n}", "price": n}]) for n in range(5)]

    with ThreadPoolExecutor(3) as pool:
        replies = list(pool.map(lambda _: tell(shop, *records), range(3)))

    assert all(reply.status == 200 for reply in replies)
    results = [result for reply in replies for result in reply.json["results"]]
    assert {result["result"] for result in results} <= {"created", "unchanged", "deferred"}
    assert len(shop.call(list_products.handler).json["items"]) == 5


def test_what_time_does_not_suffice_for_is_deferred(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(telling, "SECONDS", -1)

    assert told(shop, record()) == {
        "external_id": "P-1",
        "result": "deferred",
        "id": None,
        "version": None,
        "conflict_id": None,
        "errors": [],
    }


def test_it_needs_its_permission_and_a_body(shop: Shop) -> None:
    assert_needs("sync:write", shop, sync_products.handler, {"source": "erp", "records": [record()]})
    for body in ({}, {"source": "E R P", "records": [record()]}, {"source": "erp", "records": []}):
        assert shop.call(sync_products.handler, body).status == 422
    too_many: Any = {"source": "erp", "records": [{}] * 1001}
    assert shop.call(sync_products.handler, too_many).pointers == ["/records"]


def test_what_the_source_changed_knowing_ours_is_no_conflict(shop: Shop) -> None:
    made = told(shop, record())
    price_here(shop, made["id"], 20000)
    unaware = told(shop, record(variants=[variant(19000)], known_version=1, name="Kopi Susu"))

    aware = told(shop, record("P-2", variants=[{"external_id": "V-2", "price": 1}]))
    price_here(shop, aware["id"], 2)
    result = told(shop, record("P-2", variants=[{"external_id": "V-2", "price": 3}], known_version=2))

    assert (unaware["result"], result["result"]) == ("conflict", "updated")
    assert product(shop, aware["id"])["variants"][0]["price"] == 3
