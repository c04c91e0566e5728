"""update_order_status"""

from itertools import product

import pytest

from orders import update_order_status
from tests.support.contract import events_of
from tests.support.samples import sample
from tests.support.shop import Shop, send
from tests.unit.orders.till import Killed, Till, at_each_transaction, custom, set_clock, stored

STATUSES = ("open", "preparing", "ready", "completed", "cancelled")
WAYS = {
    "open": (),
    "preparing": ("preparing",),
    "ready": ("preparing", "ready"),
    "completed": ("completed",),
    "cancelled": ("cancelled",),
}
"""How an order comes to each status."""

ALLOWED = {"open": {"preparing", "completed"}, "preparing": {"ready"}, "ready": {"completed"}}
LEGAL = {(current, wanted) for current, allowed in ALLOWED.items() for wanted in allowed}


def order_that_is(till: Till, status: str) -> str:
    order_id: str = till.sell(custom()).json["id"]
    for step in WAYS[status]:
        assert (till.cancel(order_id) if step == "cancelled" else till.move(order_id, step)).status == 200
    return order_id


def test_the_sample_event_moves_an_order(till: Till) -> None:
    order_id = order_that_is(till, "open")

    reply = send(update_order_status.handler, sample("orders", "update_order_status", till.shop, id=order_id))

    assert (reply.status, reply.json["status"]) == (200, "preparing")


@pytest.mark.parametrize(("current", "wanted"), sorted(LEGAL))
def test_a_legal_move_is_made(till: Till, current: str, wanted: str) -> None:
    order_id = order_that_is(till, current)
    before = till.get(order_id).json

    reply = till.move(order_id, wanted)

    assert reply.status == 200
    assert reply.json == till.get(order_id).json
    assert (reply.json["status"], reply.json["version"]) == (wanted, before["version"] + 1)
    assert reply.headers["etag"] == f'"{before["version"] + 1}"'
    assert (reply.json["history"][-1]["action"], reply.json["history"][-1]["actor"]) == (wanted, "key_test")


@pytest.mark.parametrize(("current", "wanted"), sorted(set(product(STATUSES, STATUSES)) - LEGAL))
def test_an_illegal_move_is_refused_naming_what_is_allowed(till: Till, current: str, wanted: str) -> None:
    order_id = order_that_is(till, current)
    before = stored()

    reply = till.move(order_id, wanted, headers={"Idempotency-Key": "k"})

    assert (reply.status, reply.code) == (409, "order.illegal_transition")
    named = reply.json["detail"].split("can go to: ")[1].split(";")[0]
    assert set(named.split(", ")) == ALLOWED.get(current, {"nothing"})
    assert stored() == before


def test_completing_puts_the_order_on_the_shops_day_of_that_moment(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    set_clock(monkeypatch, "2026-11-24T16:00:00Z")
    order_id = order_that_is(till, "ready")
    assert till.get(order_id).json["business_date"] is None
    set_clock(monkeypatch, "2026-11-24T17:00:00Z")

    completed = till.move(order_id, "completed").json

    assert (completed["business_date"], completed["completed_at"]) == ("2026-11-25", "2026-11-24T17:00:00.000Z")


def test_a_move_is_an_event_and_completing_is_one_more(till: Till) -> None:
    order_id = order_that_is(till, "ready")
    done = till.move(order_id, "completed")

    events = events_of(till.shop, order_id)
    assert [(event["type"], event["entity"]["version"]) for event in events] == [
        ("order.created", 1),
        ("order.status_updated", 2),
        ("order.status_updated", 3),
        ("order.status_updated", 4),
        ("order.completed", 4),
    ]
    assert [event["data"] for event in events[-2:]] == [done.json] * 2


def test_a_completed_order_is_no_longer_among_the_active(till: Till) -> None:
    order_id = order_that_is(till, "open")
    assert any("active_pk" in item for item in stored()["test-orders"])

    till.move(order_id, "completed")

    assert not any("active_pk" in item for item in stored()["test-orders"])


def test_a_stale_version_is_refused(till: Till) -> None:
    order_id = order_that_is(till, "preparing")
    before = stored()

    reply = till.move(order_id, "ready", headers={"If-Match": '"1"'})

    assert (reply.status, reply.code) == (412, "request.stale_version")
    assert stored() == before
    assert till.move(order_id, "ready", headers={"If-Match": '"2"'}).status == 200


def test_of_two_moves_at_the_same_moment_one_is_made(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    order_id = order_that_is(till, "open")
    overtaking: list[bool] = []

    def overtake() -> None:
        if not overtaking:
            overtaking.append(True)
            assert till.move(order_id, "completed").status == 200

    at_each_transaction(monkeypatch, before=overtake)

    reply = till.move(order_id, "preparing")

    assert (reply.status, reply.code) == (409, "request.conflict")
    assert till.get(order_id).json["status"] == "completed"


def test_a_replay_gets_the_first_answer_though_the_move_would_now_be_illegal(till: Till) -> None:
    order_id = order_that_is(till, "open")
    first = till.move(order_id, "preparing", headers={"Idempotency-Key": "k-1"})
    till.move(order_id, "ready")

    replay = till.move(order_id, "preparing", headers={"Idempotency-Key": "k-1"})

    assert (replay.status, replay.text, replay.headers["etag"]) == (200, first.text, '"2"')
    assert replay.headers["idempotent-replayed"] == "true"
    assert till.get(order_id).json["status"] == "ready"


def test_a_replay_after_a_lost_answer_moves_once(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    order_id = order_that_is(till, "open")
    headers = {"Idempotency-Key": "k-1", "If-Match": '"1"'}

    def die() -> None:
        raise Killed

    with monkeypatch.context() as crashing:
        at_each_transaction(crashing, after=die)
        with pytest.raises(Killed):
            till.move(order_id, "preparing", headers=headers)

    replay = till.move(order_id, "preparing", headers=headers)

    assert (replay.status, replay.json) == (200, till.get(order_id).json)
    assert replay.json["version"] == 2


def test_a_key_of_another_move_is_refused(till: Till) -> None:
    order_id = order_that_is(till, "open")
    till.move(order_id, "preparing", headers={"Idempotency-Key": "k-1"})

    reply = till.move(order_id, "ready", headers={"Idempotency-Key": "k-1"})

    assert (reply.status, reply.code) == (422, "idempotency.mismatch")
    assert till.get(order_id).json["status"] == "preparing"


def test_an_unknown_status_is_refused_by_its_field(till: Till) -> None:
    reply = till.move(order_that_is(till, "open"), "eaten")

    assert (reply.status, reply.pointers) == (422, ["/status"])


def test_another_merchants_order_does_not_exist(till: Till) -> None:
    order_id = order_that_is(till, "open")

    reply = Till(Shop.open()).move(order_id, "preparing")

    assert (reply.status, reply.code) == (404, "order.not_found")
    assert till.get(order_id).json["status"] == "open"


def test_a_caller_who_may_only_read_is_refused(till: Till) -> None:
    assert till.move(order_that_is(till, "open"), "preparing", permissions="orders:read").status == 403
