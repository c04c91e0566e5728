"""list_conflicts"""

from customers import update_customer
from sync import list_conflicts, resolve_conflict
from tests.support.contract import all_pages, assert_needs
from tests.support.samples import sample
from tests.support.shop import Shop, send
from tests.unit.sync.records import conflicts, contest, decide, edit, record, tell, tell_customer


def test_open_conflicts_are_listed_latest_change_first(shop: Shop) -> None:
    made = tell(shop, *(record(f"P-{n}", variants=[{"sku": f"S-{n}", "price": 1}]) for n in range(3))).json
    for n, result in enumerate(made["results"]):
        edit(shop, result["id"], name="Ours")
        tell(shop, {"external_id": f"P-{n}", "name": "Theirs"})

    listed = [one["external_id"] for one in all_pages(shop, list_conflicts.handler, 2)]

    assert listed == ["P-2", "P-1", "P-0"]
    decide(shop, conflicts(shop)[0]["id"], "ours")
    assert [one["external_id"] for one in conflicts(shop)] == ["P-1", "P-0"]
    assert len(conflicts(shop, "all")) == 3
    assert Shop.open().call(list_conflicts.handler).json["items"] == []


def test_who_may_not_read_customers_sees_no_contact_in_a_conflict(shop: Shop) -> None:
    contest(shop)
    made = tell_customer(shop, phone="0812-0000-0001")
    shop.call(update_customer.handler, {"phone": "0812-0000-0002"}, id=made["id"])
    tell_customer(shop, phone="0812-0000-0003")

    of_customer, of_product = shop.call(list_conflicts.handler, permissions="sync:read").json["items"]

    assert [field["path"] for field in of_customer["fields"]] == ["phone"]
    assert of_customer["fields"][0] | {"path": ""} == {"path": "", "base": None, "ours": None, "theirs": None}
    assert "Dewi" not in str(of_customer)
    resolved = shop.call(
        resolve_conflict.handler, {"resolution": "ours"}, id=of_customer["id"], permissions="sync:write"
    )
    assert resolved.status == 200
    assert "Dewi" not in resolved.text and "62812" not in resolved.text
    assert of_product["fields"][0]["theirs"] is not None
    [whole] = [one for one in conflicts(shop, "all") if one["kind"] == "customer"]
    assert whole["fields"][0]["theirs"] == "+6281200000003"


def test_the_sample_event_lists_conflicts(shop: Shop) -> None:
    contest(shop)

    assert len(send(list_conflicts.handler, sample("sync", "list_conflicts", shop)).json["items"]) == 1
    assert_needs("sync:read", shop, list_conflicts.handler)
