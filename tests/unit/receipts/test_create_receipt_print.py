"""create_receipt_print"""

import base64
import threading

import pytest

from customers import create_customer, erase_customer
from receipts import create_receipt_print, list_receipt_prints
from tests.support.contract import assert_needs, assert_refuses_what_is_no_body, events_of
from tests.support.samples import sample
from tests.support.shop import Reply, Shop, send
from tests.unit.orders.till import Killed, Till, at_each_transaction, calls_one_at_a_time, custom, stored
from tests.unit.receipts.paper import meal, paper, print_
from tests.unit.staff.approvals import trail

KICK = b"\x1bp\x002\x32"


def marked(reply: Reply) -> list[str]:
    """What the paper says that it is."""
    return [line.strip() for line in paper(reply) if "***" in line]


def test_the_sample_prints_a_receipt(till: Till) -> None:
    order = meal(till)

    reply = send(create_receipt_print.handler, sample("receipts", "create_receipt_print", till.shop, id=order["id"]))

    assert (reply.status, reply.headers["etag"], reply.json["mark"]) == (201, '"1"', "original")


def test_only_the_first_print_is_the_original(till: Till) -> None:
    order = meal(till)

    prints = [print_(till.shop, order["id"], language=language) for language in ("id", "id", "en")]

    assert [(one.json["number"], one.json["mark"]) for one in prints] == [(1, "original"), (2, "copy"), (3, "copy")]
    assert [marked(one) for one in prints] == [[], ["*** SALINAN 1 ***"], ["*** COPY 2 ***"]]


def test_a_copy_is_a_copy_in_every_form(till: Till) -> None:
    order = meal(till)
    print_(till.shop, order["id"])

    page = print_(till.shop, order["id"], format="html", language="en").json
    data = print_(till.shop, order["id"], format="json").json

    assert (page["media_type"], page["content_encoding"]) == ("text/html; charset=utf-8", None)
    assert "*** COPY 1 ***" in page["content"]
    assert (data["media_type"], '"mark":"copy","print_number":3' in data["content"]) == ("application/json", True)


def test_a_print_is_an_event_of_its_own_without_its_content(till: Till) -> None:
    order = meal(till)
    made = print_(till.shop, order["id"]).json

    [event] = events_of(till.shop, made["id"])

    assert (event["type"], event["data"]["printed_by"]) == ("receipt_print.created", "key_test")
    assert "content" not in event["data"]
    assert event["data"].items() <= made.items()


def test_the_bill_does_not_make_the_receipt_a_copy(till: Till) -> None:
    order = till.sell(custom()).json
    bills = [print_(till.shop, order["id"]).json for _ in range(2)]
    assert till.move(order["id"], "completed").status == 200

    receipt = print_(till.shop, order["id"]).json

    assert [(one["kind"], one["mark"]) for one in bills] == [("bill", "original"), ("bill", "copy")]
    assert (receipt["kind"], receipt["mark"], receipt["number"]) == ("receipt", "original", 1)


def test_a_bill_that_changed_is_a_new_one(till: Till) -> None:
    order = till.sell(custom()).json
    print_(till.shop, order["id"])
    assert till.move(order["id"], "preparing").status == 200

    assert print_(till.shop, order["id"]).json["mark"] == "original"


def test_the_repeat_of_a_request_prints_nothing_more(till: Till) -> None:
    order = meal(till)
    headers = {"Idempotency-Key": "print-1"}

    first = print_(till.shop, order["id"], headers=headers)
    print_(till.shop, order["id"])
    again = print_(till.shop, order["id"], headers=headers)

    assert (again.text, again.headers["idempotent-replayed"]) == (first.text, "true")
    assert len(till.shop.call(list_receipt_prints.handler, id=order["id"]).json["items"]) == 2
    other = print_(till.shop, order["id"], headers=headers, format="html")
    assert (other.status, other.code) == (422, "idempotency.mismatch")


def test_a_repeat_shows_the_order_as_it_was_and_nothing_of_who_was_erased(till: Till) -> None:
    customer_id = till.shop.call(create_customer.handler, {"name": "Siti Rahayu"}).json["id"]
    order_id = till.sell(custom(), customer_id=customer_id).json["id"]
    headers = {"Idempotency-Key": "print-1"}
    first = print_(till.shop, order_id, headers=headers)
    assert any("Siti Rahayu" in line for line in paper(first))

    till.move(order_id, "completed")
    till.shop.call(erase_customer.handler, id=customer_id)
    again = print_(till.shop, order_id, headers=headers)

    assert again.headers["idempotent-replayed"] == "true"
    assert {**again.json, "content": None} == {**first.json, "content": None}
    assert [line for line in paper(first) if "Siti Rahayu" not in line] == paper(again)
    kept = [item for item in stored()["test-idempotency"] if "body" in item]
    assert kept == []


def test_a_repeat_after_a_lost_answer_is_still_the_original(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    order = meal(till)
    headers = {"Idempotency-Key": "print-1"}

    def die() -> None:
        raise Killed

    with monkeypatch.context() as crashing:
        at_each_transaction(crashing, after=die)
        with pytest.raises(Killed):
            print_(till.shop, order["id"], headers=headers)

    assert print_(till.shop, order["id"], headers=headers).json["mark"] == "original"
    assert print_(till.shop, order["id"]).json["number"] == 2


def test_of_prints_at_the_same_moment_one_is_the_original(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    order = meal(till)
    calls_one_at_a_time(monkeypatch)
    replies: list[Reply] = []
    threads = [threading.Thread(target=lambda: replies.append(print_(till.shop, order["id"]))) for _ in range(6)]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(reply.json["number"] for reply in replies) == [1, 2, 3, 4, 5, 6]


def test_the_drawer_opens_only_when_asked_and_allowed(till: Till) -> None:
    order = meal(till)

    closed = print_(till.shop, order["id"])
    opened = print_(till.shop, order["id"], open_drawer=True)
    body = {"open_drawer": True}
    refused = till.shop.call(create_receipt_print.handler, body, id=order["id"], permissions="receipts:write")

    assert KICK not in base64.b64decode(closed.json["content"])
    assert base64.b64decode(opened.json["content"]).endswith(KICK)
    assert (opened.json["open_drawer"], closed.json["open_drawer"]) == (True, False)
    assert (refused.status, refused.code) == (403, "auth.forbidden")
    assert print_(till.shop, order["id"], open_drawer=True, format="html").status == 422


def test_a_copy_opens_the_drawer_for_who_may_do_so_for_no_sale_and_the_owner_is_told(till: Till) -> None:
    order = meal(till)
    body, cashier = {"open_drawer": True}, "receipts:*"
    headers = {"Idempotency-Key": "print-1"}
    first = till.shop.call(create_receipt_print.handler, body, id=order["id"], permissions=cashier, headers=headers)
    assert (first.status, trail(till.shop)) == (201, [])

    repeated = till.shop.call(create_receipt_print.handler, body, id=order["id"], permissions=cashier, headers=headers)
    refused = till.shop.call(create_receipt_print.handler, body, id=order["id"], permissions=cashier)
    opened = till.shop.call(create_receipt_print.handler, body, id=order["id"])

    assert (repeated.text, refused.code, opened.json["number"]) == (first.text, "auth.forbidden", 2)
    [told] = trail(till.shop)
    assert (told["action"], told["entity_type"], told["entity_id"]) == ("drawer.opened", "order", order["id"])


def test_a_preview_is_not_counted(till: Till) -> None:
    order = meal(till)
    before = stored()

    till.shop.call(list_receipt_prints.handler, id=order["id"])

    assert stored() == before
    assert print_(till.shop, order["id"]).json["number"] == 1


def test_another_merchants_order_is_not_printed(till: Till) -> None:
    order = meal(till)
    before = stored()["test-receipts"]

    reply = print_(Shop.open(), order["id"])

    assert (reply.status, reply.code) == (404, "order.not_found")
    assert stored()["test-receipts"] == before


def test_what_is_no_body_is_refused(till: Till) -> None:
    assert_refuses_what_is_no_body(till.shop, create_receipt_print.handler, id=meal(till)["id"])


def test_it_needs_receipts_write(till: Till) -> None:
    assert_needs("receipts:write", till.shop, create_receipt_print.handler, {}, id=meal(till)["id"])
