"""What is logged of representative requests: who did what; never a secret, a PIN, a token or a customer's contact."""

import json

import pytest

from catalog import create_product
from customers import create_customer, list_customers
from orders import create_order
from staff import create_api_key, create_staff_member
from tests.support.aws import ROOT
from tests.support.contract import logged
from tests.support.shop import Shop, request_event, send
from tests.unit.staff.keys import opens
from tests.unit.staff.people import pair, sign_in
from webhooks import create_endpoint

PIN = "274913"
PHONE, EMAIL, NAME = "+6281234567890", "siti@example.com", "Siti Rahayu"


def test_a_days_requests_log_no_secret_and_no_contact(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    with logged() as written:
        key = shop.call(create_api_key.handler, {"name": "App", "permissions": ["orders:*"]}).json["secret"]
        device = pair(shop)["device_key"]
        person = shop.call(create_staff_member.handler, {"name": "Sari", "role": "cashier", "pin": PIN}).json["id"]
        session = sign_in(shop, person, PIN).json["token"]
        sign_in(shop, person, "999999")
        for token in (key, device, session, key[:-1] + "x", "kasir_st_forged", shop.api_key):
            opens(token)
        customer = {"name": NAME, "phone": PHONE, "email": EMAIL}
        assert shop.call(create_customer.handler, customer, headers={"Idempotency-Key": "my-key"}).status == 201
        shop.call(create_customer.handler, customer | {"email": "siti@"})
        shop.call(list_customers.handler, query={"phone": PHONE})
        secret = shop.call(
            create_endpoint.handler, {"url": "https://shop.example.com/hook-token", "event_types": ["*"]}
        ).json["secret"]
        shop.call(create_order.handler, {"location_id": "loc_nowhere", "note": NAME, "lines": []})

    lines = [json.loads(line) for line in written.getvalue().splitlines()]
    assert len(lines) > 15
    tokens = (key, device, session, shop.api_key)
    parts = [token[-12:] for token in tokens]
    contact = (PHONE, EMAIL, NAME, "siti@")
    for sent in (*tokens, *parts, *contact, secret, PIN, "999999", "my-key", "hook-token"):
        assert sent not in written.getvalue()


def test_each_request_is_one_line_that_says_whose_it_was(shop: Shop) -> None:
    with logged() as written:
        shop.call(create_product.handler, {"name": "Es teh", "variants": [{"price": 8000}]})
        send(create_product.handler, request_event(shop.merchant_id, body={}))

    for line, status in zip(map(json.loads, written.getvalue().splitlines()), (201, 422), strict=True):
        assert (line["operation"], line["status"]) == ("create_product", status)
        assert (line["merchant_id"], line["actor"]) == (shop.merchant_id, "key_test")
        assert line["request_id"] == "test-request"


def test_a_sale_is_counted_in_its_line_by_its_currency(shop: Shop) -> None:
    line = {"custom": {"name": "Es teh", "price": 8000, "tax_ids": []}, "quantity": "2"}
    sale = {"location_id": shop.location_id, "lines": [line], "payments": [{"method": "cash", "amount": 16000}]}

    with logged() as written:
        for complete in (True, True, False):
            key = {"Idempotency-Key": "once"} if complete else {}
            assert shop.call(create_order.handler, sale | {"complete": complete}, headers=key).status == 201

    first, again, left_open = map(json.loads, written.getvalue().splitlines())
    assert (first["sales"], first["sales_amount"], first["currency"]) == (1, 16000, "IDR")
    assert (again["idempotent_replays"], "sales" in again) == (1, False)
    assert "_aws" not in left_open


def test_every_alarm_and_every_metric_is_documented() -> None:
    alarms = (ROOT / "infra/observability.yaml").read_text().count("Type: AWS::CloudWatch::Alarm")

    assert f"{alarms} alarms are" in (ROOT / "docs/operations.md").read_text()
