"""pair_register"""

import json
from typing import Any

import boto3
import pytest

from pos.dynamo import unpack
from staff import create_pairing_code, get_register, pair_register, store
from tests.support.contract import events_of, logged
from tests.support.samples import sample
from tests.support.shop import Shop, request_event, send
from tests.unit.staff.keys import opens, set_clock
from tests.unit.staff.people import pair, pair_by


def test_the_code_makes_a_device_a_register_with_its_event(shop: Shop) -> None:
    device = pair(shop)

    assert (device["merchant_id"], device["register_id"]) == (shop.merchant_id, shop.register_id)
    context = opens(device["device_key"])
    assert context["actor"].startswith("dev_")
    assert (context["merchant_id"], context["register_id"]) == (shop.merchant_id, shop.register_id)
    assert context["permissions"].split() == ["catalog:read", "merchant:read", "sessions:write", "staff:read"]
    event = events_of(shop, shop.register_id)[-1]
    assert (event["type"], event["data"]) == (
        "register.paired",
        shop.call(get_register.handler, id=shop.register_id).json,
    )


def test_the_samples_code_is_nobodys(shop: Shop) -> None:
    answer = send(pair_register.handler, sample("staff", "pair_register", shop))

    assert (answer.status, answer.code, answer.pointers) == (422, "pairing.refused", ["/code"])


def test_a_code_holds_once(shop: Shop) -> None:
    code = shop.call(create_pairing_code.handler, id=shop.register_id).json["code"]

    assert [pair_by(code).status, pair_by(code).code] == [201, "pairing.refused"]


def test_of_two_devices_that_use_a_code_at_once_one_is_paired(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    code = shop.call(create_pairing_code.handler, id=shop.register_id).json["code"]
    pair_first = store.pair_register
    others: list[int] = []

    def overtaken(*given: Any) -> None:
        monkeypatch.setattr(store, "pair_register", pair_first)
        others.append(pair_by(code).status)
        pair_first(*given)

    monkeypatch.setattr(store, "pair_register", overtaken)
    late = pair_by(code)

    assert (others, late.status, late.code) == ([201], 422, "pairing.refused")


def test_a_code_holds_for_ten_minutes(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    set_clock(monkeypatch, "2030-01-01T00:00:00Z")
    late, timely = (shop.call(create_pairing_code.handler, id=shop.register_id).json["code"] for _ in range(2))

    set_clock(monkeypatch, "2030-01-01T00:09:59Z")
    assert pair_by(timely).status == 201
    set_clock(monkeypatch, "2030-01-01T00:10:00Z")
    assert pair_by(late).code == "pairing.refused"


def test_a_code_may_be_typed_as_people_type(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("staff.rules.new_pairing_code", lambda: "01AB-0011-ZZZZ")
    shop.call(create_pairing_code.handler, id=shop.register_id)

    assert pair_by("oiab ooLl zzzz").status == 201


def test_a_register_has_one_device(shop: Shop) -> None:
    first, second = pair(shop), pair(shop)

    assert opens(first["device_key"]) == {}
    assert opens(second["device_key"])["register_id"] == shop.register_id


@pytest.mark.parametrize("body", [[], {"code": 5}, {"code": "short"}, {"code": "x" * 21}, {"register": "x"}])
def test_what_is_no_code_is_refused(aws: None, body: Any) -> None:
    answer = send(pair_register.handler, request_event("", body=body))

    assert (answer.status, answer.code) == (422, "request.invalid")


def test_what_is_no_json_or_too_long_is_refused(aws: None) -> None:
    for body, code in (("{", "request.malformed_json"), ("x" * 1_000_001, "request.too_large")):
        assert send(pair_register.handler, request_event("", body=body)).code == code


def test_neither_code_nor_key_is_logged_or_stored(shop: Shop) -> None:
    with logged() as log:
        device = pair(shop)

    secret = device["device_key"].removeprefix("kasir_dk_")
    stored = [
        [item, *(unpack(item[name]["B"]) for name in ("doc", "data") if name in item)]
        for table in ("staff", "events")
        for item in boto3.client("dynamodb").scan(TableName=f"test-{table}")["Items"]
    ]
    [line] = [line for line in map(json.loads, log.getvalue().splitlines()) if line["operation"] == "pair_register"]
    assert (line["merchant_id"], line["register_id"], line["status"]) == (shop.merchant_id, shop.register_id, 201)
    assert secret not in log.getvalue() + repr(stored)
