import http.client
import json
import random
import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook

from bench.consumer import Consumer, Ledger

SECRET = "whsec_c2VjcmV0IG9mIGEgdGhpcmQgcGFydHk="
JAKARTA = ZoneInfo("Asia/Jakarta")
type Event = dict[str, Any]


@pytest.fixture
def consumer() -> Iterator[Consumer]:
    whole = {"/v1/events/evt_ord_1_1_0": order_event(1, "completed")}
    with Consumer(Ledger(JAKARTA), whole.__getitem__, secret=SECRET) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def order_event(version: int, status: str, *, id: str = "ord_1", total: int = 1250, ordinal: int = 0) -> Event:
    order = {
        "id": id,
        "version": version,
        "status": status,
        "business_date": "2026-11-25" if status == "completed" else None,
        "lines": [
            {"id": "lin_1", "variant_id": "var_milk", "quantity": "2"},
            {"id": "lin_2", "variant_id": "var_fuel", "quantity": "8.725"},
            {"id": "lin_3", "variant_id": "var_milk", "quantity": "1"},
        ],
        "total": total,
    }
    return {
        "id": f"evt_{id}_{version}_{ordinal}",
        "type": "order.status_updated",
        "entity": {"type": "order", "id": id, "version": version},
        "data": order,
    }


def refunded_event(version: int, *, due_again: bool = False, status: str = "completed") -> Event:
    """One unit of milk, and with it 400, given back the next day; of an open order, only the money."""
    event = order_event(version, "open" if due_again else "completed")
    refund = {
        "business_date": "2026-11-26",
        "lines": [] if due_again else [{"line_id": "lin_3", "quantity": "1"}],
        "tenders": [{"method": "card", "amount": 400, "status": status}],
        "due_again": due_again,
    }
    return {**event, "type": "order.refunded", "data": {**event["data"], "refunds": [refund]}}


def payment_event(version: int, status: str, amount: int = 1250) -> Event:
    return {
        "id": f"evt_pay_1_{version}",
        "type": "payment.created" if version == 1 else "payment.updated",
        "entity": {"type": "payment", "id": "pay_1", "version": version},
        "data": {
            "id": "pay_1",
            "amount": amount,
            "status": status,
            "captured_at": "2026-11-24T18:30:00.000Z" if status != "pending" else None,
        },
    }


def stock_event(version: int, on_hand: str) -> Event:
    return {
        "id": f"evt_level_{version}",
        "type": "inventory.updated",
        "entity": {"type": "level", "id": "lvl_1", "version": version},
        "data": {"variant_id": "var_milk", "location_id": "loc_1", "on_hand": on_hand, "change": "-1"},
    }


def apply(ledger: Ledger, *events: Event) -> None:
    for event in events:
        ledger.apply(event["id"], event)


def deliver(consumer: Consumer, event: Event, *, secret: str = SECRET, at: datetime | None = None) -> int:
    at = at or datetime.now(UTC)
    body = json.dumps(event)
    headers = {
        "Webhook-Id": event["id"],
        "Webhook-Timestamp": str(int(at.timestamp())),
        "Webhook-Signature": Webhook(secret).sign(event["id"], at, body),
    }
    return post(consumer, body, headers)


def post(consumer: Consumer, body: str, headers: dict[str, str]) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", consumer.server_port, timeout=5)
    connection.request("POST", "/", body, headers)
    status = connection.getresponse().status
    connection.close()
    return status


def test_a_signed_event_is_entered_into_the_ledger(consumer: Consumer) -> None:
    assert deliver(consumer, order_event(1, "completed")) == 204
    assert consumer.ledger.days()[date(2026, 11, 25)].total == 1250


def test_an_event_that_was_too_long_to_be_sent_is_fetched(consumer: Consumer) -> None:
    thin = order_event(1, "completed") | {"data": None, "data_url": "/v1/events/evt_ord_1_1_0"}

    assert deliver(consumer, thin) == 204
    assert consumer.ledger.days()[date(2026, 11, 25)].total == 1250


@pytest.mark.parametrize("signature", ["", "v1,", "v1,bm90IHRoZSBzaWduYXR1cmU=", "v1", "v2,AAAA", "v1,no base64!"])
def test_a_bad_signature_is_refused(consumer: Consumer, signature: str) -> None:
    headers = {"webhook-id": "evt_1", "webhook-timestamp": str(int(datetime.now(UTC).timestamp()))}
    assert post(consumer, json.dumps(stock_event(1, "5")), {**headers, "webhook-signature": signature}) == 401
    assert consumer.ledger.received == 0
    assert consumer.rejected == 1


def test_another_endpoints_secret_is_refused(consumer: Consumer) -> None:
    assert deliver(consumer, stock_event(1, "5"), secret="whsec_YW5vdGhlciBlbmRwb2ludA==") == 401


def test_an_old_delivery_played_again_is_refused(consumer: Consumer) -> None:
    assert deliver(consumer, stock_event(1, "5"), at=datetime.now(UTC) - timedelta(hours=1)) == 401


def test_without_a_secret_everything_is_refused(consumer: Consumer) -> None:
    consumer.secret = ""
    assert deliver(consumer, stock_event(1, "5")) == 401


def test_a_body_without_a_length_or_too_long_is_refused(consumer: Consumer) -> None:
    assert post(consumer, "", {"Content-Length": "2000000"}) == 400
    assert post(consumer, "", {"Content-Length": "-1"}) == 400


def test_a_repeated_delivery_is_answered_with_success_and_changes_nothing(consumer: Consumer) -> None:
    assert [deliver(consumer, order_event(1, "completed")) for _ in range(3)] == [204, 204, 204]
    assert consumer.ledger.duplicates == 2
    assert consumer.ledger.days()[date(2026, 11, 25)].sales == 1


def test_the_first_delivery_of_a_chosen_event_fails_and_the_next_is_taken(consumer: Consumer) -> None:
    consumer.fail_first = 1
    assert [deliver(consumer, stock_event(1, "5")) for _ in range(2)] == [500, 204]
    assert consumer.failed == 1
    assert consumer.ledger.stock() == {("var_milk", "loc_1"): Decimal(5)}


def test_about_the_share_asked_for_fails_at_first(consumer: Consumer) -> None:
    consumer.fail_first = 0.25
    failing = sum(consumer._fails_now(f"evt_{number}") for number in range(2000))
    assert 400 < failing < 600


def test_the_ledger_is_served_as_json(consumer: Consumer) -> None:
    deliver(consumer, order_event(1, "completed"))
    deliver(consumer, stock_event(1, "7.5"))
    connection = http.client.HTTPConnection("127.0.0.1", consumer.server_port, timeout=5)
    connection.request("GET", "/ledger")
    books = json.loads(connection.getresponse().read())
    connection.close()
    assert books["received"] == 2
    quantities = {"var_fuel": "8.725", "var_milk": "3"}
    money = {"sales": 1, "total": 1250, "paid": 0, "refunds": 0, "refunded": 0}
    assert books["days"] == {"2026-11-25": {**money, "sold": quantities, "returned": {}}}
    assert books["stock"] == [{"variant_id": "var_milk", "location_id": "loc_1", "on_hand": "7.5"}]


def test_a_payment_is_of_the_shops_day_and_counts_once_it_is_captured() -> None:
    ledger = Ledger(ZoneInfo("America/New_York"))
    apply(ledger, payment_event(1, "pending"))
    assert ledger.days() == {}
    apply(ledger, payment_event(2, "captured"))
    assert {day: book.paid for day, book in ledger.days().items()} == {date(2026, 11, 24): 1250}
    apply(ledger, payment_event(3, "voided"))
    assert ledger.days() == {}


def test_a_refund_is_of_its_own_day_and_the_sale_stays_on_its_own() -> None:
    ledger = Ledger(JAKARTA)
    apply(ledger, order_event(1, "completed"), refunded_event(2))
    sold, back = ledger.days()[date(2026, 11, 25)], ledger.days()[date(2026, 11, 26)]
    assert (sold.sales, sold.total, sold.refunds, sold.sold["var_milk"]) == (1, 1250, 0, Decimal(3))
    assert (back.sales, back.refunds, back.refunded, back.returned) == (0, 1, 400, {"var_milk": Decimal(1)})


def test_what_is_due_again_or_was_declined_is_no_refund_of_a_sale_or_no_money() -> None:
    ledger = Ledger(JAKARTA)
    apply(ledger, refunded_event(1, due_again=True))
    assert [(book.refunds, book.refunded) for book in ledger.days().values()] == [(0, 400)]
    apply(ledger, refunded_event(2, status="declined"))
    assert sum(book.refunded for book in ledger.days().values()) == 0


def test_quantities_of_one_variant_on_several_lines_add_up() -> None:
    ledger = Ledger(JAKARTA)
    apply(ledger, order_event(1, "completed"), order_event(1, "completed", id="ord_2"))
    (book,) = ledger.days().values()
    assert book.sold == {"var_milk": 6, "var_fuel": Decimal("17.450")}


def test_an_order_counts_once_it_is_completed_and_no_more_once_cancelled() -> None:
    ledger = Ledger(JAKARTA)
    apply(ledger, order_event(1, "open"), order_event(2, "preparing"))
    assert ledger.days() == {}
    apply(ledger, order_event(3, "completed"))
    assert len(ledger.days()) == 1
    apply(ledger, order_event(4, "cancelled"))
    assert ledger.days() == {}


def test_two_events_of_one_change_are_applied_once() -> None:
    ledger = Ledger(JAKARTA)
    apply(ledger, order_event(1, "completed"), order_event(1, "completed", ordinal=1))
    assert ledger.outdated == 1
    assert sum(book.sales for book in ledger.days().values()) == 1


HISTORY = [
    *(order_event(version + 1, status) for version, status in enumerate(["open", "preparing", "completed"])),
    *(order_event(1, "completed", id="ord_2"), order_event(2, "cancelled", id="ord_2")),
    refunded_event(4),
    *(payment_event(version, status) for version, status in enumerate(["pending", "captured", "voided"], start=1)),
    *(stock_event(version, str(10 - version)) for version in range(1, 5)),
]


@given(order=st.permutations(HISTORY), repeats=st.lists(st.sampled_from(HISTORY)), seed=st.integers())
def test_repeats_and_any_order_of_arrival_lead_to_the_same_books(
    order: list[Event], repeats: list[Event], seed: int
) -> None:
    arrivals = [*order, *repeats]
    random.Random(seed).shuffle(arrivals)
    expected, actual = Ledger(JAKARTA), Ledger(JAKARTA)
    apply(expected, *HISTORY)
    apply(actual, *arrivals)
    assert actual.days() == expected.days()
    assert actual.stock() == expected.stock()
    assert actual.duplicates == len(repeats)
