"""delete_promotion"""

from catalog import delete_promotion, get_promotion, list_promotions
from tests.support.contract import assert_needs, events_of
from tests.support.samples import sample
from tests.support.shop import Shop, send
from tests.unit.catalog.promotion_samples import add_promotion


def test_the_event_carries_the_tombstone(shop: Shop) -> None:
    promotion, other = add_promotion(shop), add_promotion(shop)

    reply = shop.call(delete_promotion.handler, id=promotion["id"])

    assert (reply.status, reply.json["version"]) == (200, 2)
    assert reply.json["deleted_at"] == reply.json["updated_at"]
    event = events_of(shop, promotion["id"])[-1]
    assert (event["type"], event["data"], event["entity"]["version"]) == ("promotion.deleted", reply.json, 2)
    assert shop.call(get_promotion.handler, id=promotion["id"]).code == "promotion.not_found"
    assert shop.call(delete_promotion.handler, id=promotion["id"]).code == "promotion.not_found"
    assert shop.call(list_promotions.handler).json["items"] == [other]


def test_a_repeat_deletes_once(shop: Shop) -> None:
    id, headers = add_promotion(shop)["id"], {"Idempotency-Key": "k"}
    first = shop.call(delete_promotion.handler, id=id, headers=headers)

    again = shop.call(delete_promotion.handler, id=id, headers=headers)

    assert (again.status, again.text) == (200, first.text)
    assert len(events_of(shop, id)) == 2


def test_a_stale_version_is_refused(shop: Shop) -> None:
    reply = shop.call(delete_promotion.handler, id=add_promotion(shop)["id"], headers={"If-Match": "2"})

    assert (reply.status, reply.code) == (412, "request.stale_version")


def test_another_merchants_promotion_is_not_there(shop: Shop) -> None:
    other = Shop.open()
    promotion = add_promotion(other)

    assert shop.call(delete_promotion.handler, id=promotion["id"]).code == "promotion.not_found"
    assert other.call(get_promotion.handler, id=promotion["id"]).status == 200


def test_it_needs_catalog_write(shop: Shop) -> None:
    assert_needs("catalog:write", shop, delete_promotion.handler, id=add_promotion(shop)["id"])


def test_the_sample_deletes_a_promotion(shop: Shop) -> None:
    reply = send(delete_promotion.handler, sample("catalog", "delete_promotion", shop, id=add_promotion(shop)["id"]))

    assert (reply.status, reply.json["deleted_at"] is None) == (200, False)
