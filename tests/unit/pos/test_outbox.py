"""The outbox."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pos import dynamo, outbox
from pos.dynamo import ConditionFailed
from pos.outbox import Entity

AT = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
ORDER = Entity("order", "ord_1", 1)
BOTH = ["order.created", "order.completed"]


def test_a_body_is_these_very_bytes() -> None:
    stored = outbox.item("mer_1", ORDER, ["order.created"], b'{"id":"ord_1","total":15000}', AT)

    [event] = outbox.events(stored)

    assert event.body == (
        b'{"id":"' + event.id.encode() + b'","type":"order.created","timestamp":"2026-11-24T09:30:00.000Z",'
        b'"merchant_id":"mer_1","entity":{"type":"order","id":"ord_1","version":1},'
        b'"data":{"id":"ord_1","total":15000}}'
    )


def test_the_events_of_one_change_share_their_data_and_differ_in_id_and_type() -> None:
    first, second = outbox.events(outbox.item("mer_1", ORDER, BOTH, b'{"a":1}', AT))

    assert [first.type, second.type] == BOTH
    assert first.id != second.id
    one, other = json.loads(first.body), json.loads(second.body)
    assert one["data"] == other["data"] == {"a": 1}
    assert one["entity"] == other["entity"]
    assert (one["id"], other["id"]) == (first.id, second.id)


@given(st.lists(st.sampled_from(BOTH), min_size=1, max_size=3), st.timedeltas(timedelta(0), timedelta(days=9)))
def test_the_same_change_makes_the_same_ids_whenever_it_is_made(types: list[str], later: timedelta) -> None:
    ids = outbox.event_ids(outbox.item("mer_1", ORDER, types, b"{}", AT))

    assert ids == outbox.event_ids(outbox.item("mer_1", ORDER, types, b'{"a":1}', AT + later))
    assert len(set(ids)) == len(types)


def test_other_changes_make_other_ids() -> None:
    entities = [ORDER, Entity("order", "ord_1", 2), Entity("order", "ord_2", 1), Entity("payment", "ord_1", 1)]

    ids = [
        id
        for merchant in ("mer_1", "mer_2")
        for entity in entities
        for id in outbox.event_ids(outbox.item(merchant, entity, BOTH, b"{}", AT))
    ]

    assert len(set(ids)) == len(ids) == 16


def test_what_was_stored_makes_the_same_bodies_for_ever(aws: None) -> None:
    item = outbox.item("mer_1", ORDER, BOTH, '{"name":"東京"}'.encode(), AT)
    dynamo.transact([outbox.write("mer_1", ORDER, BOTH, '{"name":"東京"}'.encode(), AT)])

    [stored] = outbox.history("mer_1", "ord_1", 10, None).items

    assert outbox.events(stored) == outbox.events(item)
    assert outbox.data_of("mer_1", "ord_1", 1) == '{"name":"東京"}'.encode()


def test_a_version_is_written_once(aws: None) -> None:
    dynamo.transact([outbox.write("mer_1", ORDER, BOTH, b"{}", AT)])

    with pytest.raises(ConditionFailed):
        dynamo.transact([outbox.write("mer_1", ORDER, ["order.updated"], b"{}", AT)])


def test_a_history_is_newest_first_also_beyond_nine_versions(aws: None) -> None:
    for version in range(1, 13):
        dynamo.transact([outbox.write("mer_1", Entity("order", "ord_1", version), BOTH, b"{}", AT)])
    dynamo.transact([outbox.write("mer_2", ORDER, BOTH, b"{}", AT)])

    page = outbox.history("mer_1", "ord_1", 5, None)
    rest = outbox.history("mer_1", "ord_1", 50, page.next_cursor)

    assert [int(item["version"]) for item in (*page.items, *rest.items)] == list(range(12, 0, -1))


def test_a_missing_version_is_our_bug(aws: None) -> None:
    with pytest.raises(LookupError):
        outbox.data_of("mer_1", "ord_1", 1)


def test_events_about_parts_share_the_changes_item_and_have_entities_and_data_of_their_own() -> None:
    part = outbox.Part(
        type="payment.created", entity_type="payment", entity_id="pay_1", version=1, data='{"amount":15000}'
    )
    stored = outbox.item("mer_1", ORDER, BOTH, b'{"a":1}', AT, [part])

    *_, paid = outbox.events(stored)

    assert [event.type for event in outbox.events(stored)] == [*BOTH, "payment.created"]
    assert paid.entity == outbox.Entity("payment", "pay_1", 1)
    assert json.loads(paid.body)["entity"] == {"type": "payment", "id": "pay_1", "version": 1}
    assert json.loads(paid.body)["data"] == {"amount": 15000}
    assert outbox.event_ids(stored) == [event.id for event in outbox.events(stored)]
    assert len(set(outbox.event_ids(stored))) == 3


def test_rewritten_events_keep_their_ids_and_only_they_change(aws: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "_REWRITTEN", 2)
    for merchant, id in (("mer_1", "ord_1"), ("mer_1", "ord_2"), ("mer_2", "ord_1")):
        for version in (1, 2, 3):
            data = b'{"name":"Siti"}'
            dynamo.transact([outbox.write(merchant, Entity("order", id, version), ["order.updated"], data, AT)])
    before = outbox.history("mer_1", "ord_1", 10, None).items

    outbox.rewrite("mer_1", "ord_1", lambda data: data.replace(b'"Siti"', b"null"))

    after = outbox.history("mer_1", "ord_1", 10, None).items
    assert [outbox.event_ids(item) for item in after] == [outbox.event_ids(item) for item in before]
    assert {outbox.data_of("mer_1", "ord_1", version) for version in (1, 2, 3)} == {b'{"name":null}'}
    assert outbox.data_of("mer_1", "ord_2", 1) == outbox.data_of("mer_2", "ord_1", 1) == b'{"name":"Siti"}'
