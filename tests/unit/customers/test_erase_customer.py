"""erase_customer"""

import json
import zlib
from typing import Any

import pytest

from customers import create_customer, delete_customer, erase_customer, get_customer, list_customers, update_customer
from pos import aws, dynamo, outbox
from pos.dynamo import Item
from tests.support.contract import assert_needs, events_of
from tests.support.samples import sample
from tests.support.shop import Reply, Shop, send
from tests.unit.customers.people import add_customer, new_customer

PERSONAL = ("Siti", "6281234567890", "siti@", "1990-05-17", "No sugar", "regular", "1042")


def add_siti(shop: Shop) -> Any:
    body = new_customer(birthday="1990-05-17", note="No sugar", tags=["regular"], external_ids={"shopify": "1042"})
    reply = shop.call(create_customer.handler, body, headers={"Idempotency-Key": "create"})
    shop.call(update_customer.handler, {"name": "Siti R."}, id=reply.json["id"], headers={"Idempotency-Key": "update"})
    return reply.json


def erase(shop: Shop, customer: Any, **request: Any) -> Reply:
    return shop.call(erase_customer.handler, id=customer["id"], **request)


def everything() -> str:
    """All that is in any table, packed or not, as text."""
    client, texts = aws.dynamodb(), []
    for name in client.list_tables()["TableNames"]:
        texts += [_text(dynamo.decode(item)) for item in client.scan(TableName=name)["Items"]]
    return "\n".join(texts)


def _text(item: Item) -> str:
    values = (_plain(value) if isinstance(value, bytes) else value for value in item.values())
    return " ".join(str(value) for value in values)


def _plain(stored: bytes) -> bytes:
    try:
        return dynamo.unpack(stored)
    except zlib.error:
        return stored  # no document: a secret that KMS sealed


def test_nothing_personal_is_left_in_any_table(shop: Shop) -> None:
    siti = add_siti(shop)
    assert all(one.casefold() in everything().casefold() for one in PERSONAL)

    reply = erase(shop, siti)

    assert reply.status == 200
    assert not [one for one in PERSONAL if one.casefold() in everything().casefold()]


def test_an_empty_tombstone_stays_with_its_event(shop: Shop) -> None:
    siti = add_siti(shop)

    erased = erase(shop, siti).json

    assert (erased["id"], erased["version"], erased["created_at"]) == (siti["id"], 3, siti["created_at"])
    assert erased["erased_at"] == erased["deleted_at"] == erased["updated_at"]
    kept = {"id", "version", "created_at", "updated_at", "deleted_at", "erased_at"}
    assert not any(value for name, value in erased.items() if name not in kept)
    event = events_of(shop, siti["id"])[-1]
    assert (event["type"], event["data"]) == ("customer.erased", erased)
    assert shop.call(get_customer.handler, id=siti["id"]).code == "customer.not_found"
    assert shop.call(list_customers.handler, query={"phone": "081234567890"}).json["items"] == []


def test_the_events_before_keep_their_ids_and_say_nothing_any_more(shop: Shop) -> None:
    siti = add_siti(shop)
    before = events_of(shop, siti["id"])

    erase(shop, siti)

    after = events_of(shop, siti["id"])[:2]
    heads = [{name: event[name] for name in event if name != "data"} for event in before]
    assert [{name: event[name] for name in event if name != "data"} for event in after] == heads
    assert [event["data"]["version"] for event in after] == [1, 2]
    assert not [one for one in PERSONAL if one in json.dumps(after)]


def test_a_repeat_of_an_earlier_request_still_does_nothing_and_says_nothing(shop: Shop) -> None:
    siti = add_siti(shop)
    erase(shop, siti)

    body = new_customer(birthday="1990-05-17", note="No sugar", tags=["regular"], external_ids={"shopify": "1042"})
    again = shop.call(create_customer.handler, body, headers={"Idempotency-Key": "create"})

    assert (again.status, again.headers["idempotent-replayed"], again.json["id"]) == (201, "true", siti["id"])
    assert again.json["name"] is None


def test_what_the_customer_had_is_free_again(shop: Shop) -> None:
    erase(shop, add_customer(shop, **new_customer()))

    assert add_customer(shop, **new_customer())["version"] == 1


def test_who_is_deleted_already_can_be_erased(shop: Shop) -> None:
    siti = add_siti(shop)
    deleted = shop.call(delete_customer.handler, id=siti["id"]).json

    reply = erase(shop, siti)

    assert (reply.status, reply.json["deleted_at"]) == (200, deleted["deleted_at"])
    assert not [one for one in PERSONAL if one.casefold() in everything().casefold()]


def test_a_repeat_answers_the_same(shop: Shop) -> None:
    siti = add_siti(shop)

    first = erase(shop, siti, headers={"If-Match": "2"})

    assert erase(shop, siti, headers={"If-Match": "2"}).text == first.text
    assert len(events_of(shop, siti["id"])) == 3


def test_after_a_crash_on_the_way_it_is_not_called_erased_and_the_repeat_finishes(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    siti = add_siti(shop)
    with monkeypatch.context() as broken:
        broken.setattr(outbox, "_REWRITTEN", 1)
        real, calls = dynamo.transact, []

        def crash_at_the_second(writes: Any) -> None:
            calls.append(writes)
            if len(calls) == 2:
                raise MemoryError
            real(writes)

        broken.setattr(dynamo, "transact", crash_at_the_second)
        assert erase(shop, siti).status == 500
    assert shop.call(get_customer.handler, id=siti["id"]).json["erased_at"] is None

    assert erase(shop, siti).status == 200
    assert not [one for one in PERSONAL if one.casefold() in everything().casefold()]


def test_a_change_at_the_same_moment_is_not_left_out(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    siti = add_siti(shop)
    real = outbox.rewrite

    def meanwhile(*args: Any) -> None:
        real(*args)
        shop.call(update_customer.handler, {"note": "No sugar, please"}, id=siti["id"])

    with monkeypatch.context() as racing:
        racing.setattr(outbox, "rewrite", meanwhile)
        late = erase(shop, siti)

    assert (late.status, late.code) == (409, "request.conflict")
    assert erase(shop, siti).status == 200
    assert not [one for one in PERSONAL if one.casefold() in everything().casefold()]


def test_a_stale_version_is_refused(shop: Shop) -> None:
    reply = erase(shop, add_siti(shop), headers={"If-Match": "1"})

    assert (reply.status, reply.code) == (412, "request.stale_version")


def test_what_is_not_there_or_anothers_is_not_found(shop: Shop) -> None:
    other = Shop.open()
    foreign = add_customer(other)

    for customer in (foreign, {"id": "cus_none"}):
        assert (erase(shop, customer).status, erase(shop, customer).code) == (404, "customer.not_found")
    assert other.call(get_customer.handler, id=foreign["id"]).json == foreign


def test_it_needs_customers_write(shop: Shop) -> None:
    assert_needs("customers:write", shop, erase_customer.handler, id=add_customer(shop)["id"])


def test_the_sample_erases_a_customer(shop: Shop) -> None:
    customer = add_customer(shop)

    reply = send(erase_customer.handler, sample("customers", "erase_customer", shop, id=customer["id"]))

    assert (reply.status, reply.json["name"]) == (200, None)
