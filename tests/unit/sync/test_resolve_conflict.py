"""resolve_conflict"""

from sync import resolve_conflict
from tests.support.contract import assert_happens_once, assert_needs, events_of
from tests.support.samples import sample
from tests.support.shop import Shop, send
from tests.unit.sync.records import conflicts, contest, decide, edit, product, record, told, variant


def test_theirs_is_taken_and_agreed_on(shop: Shop) -> None:
    product_id, result = contest(shop)

    reply = decide(shop, result["conflict_id"], "theirs", note="They know")

    assert (reply.status, reply.json["status"], reply.json["resolution"]) == (200, "resolved", "theirs")
    assert (reply.json["resolved_by"], reply.json["note"]) == ("key_test", "They know")
    assert product(shop, product_id)["variants"][0]["price"] == 19000
    assert conflicts(shop) == []
    assert told(shop, record(variants=[variant(19000)]))["result"] == "unchanged"
    assert [event["type"] for event in events_of(shop, reply.json["id"])] == ["conflict.opened", "conflict.resolved"]


def test_ours_is_kept_and_no_conflict_again_until_theirs_changes(shop: Shop) -> None:
    product_id, result = contest(shop)

    decide(shop, result["conflict_id"], "ours")

    assert told(shop, record(variants=[variant(19000)]))["result"] == "unchanged"
    assert product(shop, product_id)["variants"][0]["price"] == 20000
    again = told(shop, record(variants=[variant(19500)]))
    assert (again["result"], again["conflict_id"]) == ("conflict", result["conflict_id"])
    assert conflicts(shop)[0]["fields"][0]["base"] == 19000


def test_a_merge_sets_the_contested_fields_that_it_names(shop: Shop) -> None:
    product_id, result = contest(shop)

    reply = decide(shop, result["conflict_id"], "merge", fields={"variants/V-1/price": 19500})

    assert reply.status == 200
    assert product(shop, product_id)["variants"][0]["price"] == 19500
    assert told(shop, record(variants=[variant(19000)]))["result"] == "unchanged"


def test_a_merge_is_held_to_what_is_contested_and_valid(shop: Shop) -> None:
    product_id, result = contest(shop)

    other = decide(shop, result["conflict_id"], "merge", fields={"name": "x"})
    wrong = decide(shop, result["conflict_id"], "merge", fields={"variants/V-1/price": -1})
    named = decide(shop, result["conflict_id"], "theirs", fields={"variants/V-1/price": 1})

    assert (other.status, other.code) == (422, "conflict.not_contested")
    assert wrong.status == 422
    assert (named.status, named.code) == (422, "conflict.no_merge")
    assert product(shop, product_id)["variants"][0]["price"] == 20000
    assert len(conflicts(shop)) == 1


def test_a_deletion_is_decided_either_way(shop: Shop) -> None:
    first = told(shop, record())
    edit(shop, first["id"], name="Ours")
    conflict_id = told(shop, {"external_id": "P-1", "deleted": True})["conflict_id"]

    kept = decide(shop, conflict_id, "ours")

    assert (kept.status, product(shop, first["id"])["name"]) == (200, "Ours")
    assert told(shop, {"external_id": "P-1", "deleted": True})["result"] == "unchanged"

    second = told(shop, record("P-2", variants=[{"sku": "B", "price": 1}]))
    edit(shop, second["id"], name="Ours")
    conflict_id = told(shop, {"external_id": "P-2", "deleted": True})["conflict_id"]
    decide(shop, conflict_id, "theirs")
    assert events_of(shop, second["id"])[-1]["type"] == "product.deleted"


def test_a_product_that_we_retired_is_made_anew_as_the_source_has_it(shop: Shop) -> None:
    from catalog import delete_product

    made = told(shop, record())
    shop.call(delete_product.handler, id=made["id"])
    conflict_id = told(shop, record(name="New"))["conflict_id"]

    assert decide(shop, conflict_id, "theirs").status == 200

    again = told(shop, record(name="New"))
    assert again["result"] == "unchanged"
    assert again["id"] != made["id"]
    now = product(shop, again["id"])
    assert (now["name"], now["variants"][0]["price"], now["external_ids"]) == ("New", 18000, {"erp": "P-1"})


def test_a_conflict_is_decided_once_and_by_its_version(shop: Shop) -> None:
    _, result = contest(shop)
    id = result["conflict_id"]

    stale = shop.call(resolve_conflict.handler, {"resolution": "ours"}, id=id, headers={"If-Match": '"9"'})
    assert stale.status == 412
    assert_happens_once(shop, resolve_conflict.handler, {"resolution": "theirs"}, {"resolution": "ours"}, id=id)
    assert decide(shop, id, "ours").code == "conflict.not_open"


def test_another_merchants_conflict_is_not_found(shop: Shop) -> None:
    _, result = contest(shop)

    assert decide(Shop.open(), result["conflict_id"], "ours").status == 404


def test_the_sample_event_decides_a_conflict(shop: Shop) -> None:
    _, result = contest(shop)
    event = sample("sync", "resolve_conflict", shop, id=result["conflict_id"])

    assert send(resolve_conflict.handler, event).status == 200


def test_it_needs_its_permission(shop: Shop) -> None:
    _, result = contest(shop)

    assert_needs("sync:write", shop, resolve_conflict.handler, {"resolution": "ours"}, id=result["conflict_id"])
