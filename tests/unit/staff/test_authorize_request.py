"""authorize_request"""

from typing import Any

import boto3
import pytest

from pos import dynamo
from staff import authorize_request, rules
from tests.support.contract import logged
from tests.support.samples import sample
from tests.support.shop import Shop

NOBODY = {"isAuthorized": True, "context": {}}
"""Passes without a merchant: the operation refuses it, by problem details."""


def with_header(shop: Shop, authorization: str) -> dict[str, Any]:
    event = sample("staff", "authorize_request", shop)
    event["headers"]["authorization"] = authorization
    return event


def test_a_key_opens_its_merchant_with_its_permissions(shop: Shop) -> None:
    answer = authorize_request.handler(with_header(shop, f"Bearer {shop.api_key}"), None)

    assert answer["isAuthorized"] is True
    assert answer["context"]["merchant_id"] == shop.merchant_id
    assert answer["context"]["actor"].startswith("key_")
    assert answer["context"]["permissions"] == "*"


def test_a_key_opens_no_other_merchant(shop: Shop) -> None:
    other = Shop.open(name="Toko Lain")

    answer = authorize_request.handler(with_header(other, f"Bearer {shop.api_key}"), None)

    assert answer["context"]["merchant_id"] == shop.merchant_id


def test_the_samples_key_is_well_formed_but_nobodys(shop: Shop) -> None:
    assert authorize_request.handler(sample("staff", "authorize_request", shop), None) == NOBODY


@pytest.mark.parametrize("scheme", ["bearer", "BEARER"])
def test_the_scheme_may_be_spelled_in_any_case(shop: Shop, scheme: str) -> None:
    assert authorize_request.handler(with_header(shop, f"{scheme}  {shop.api_key} "), None)["isAuthorized"] is True


@pytest.mark.parametrize(
    "authorization", ["", "Bearer", "Bearer ", "Basic {key}", "{key}", "Bearer {key}x", "Bearer é"]
)
def test_anything_but_a_bearer_key_is_denied(shop: Shop, authorization: str) -> None:
    event = with_header(shop, authorization.replace("{key}", shop.api_key))
    assert authorize_request.handler(event, None) == NOBODY


def test_a_request_without_headers_is_denied(aws: None) -> None:
    event = {"headers": None, "requestContext": {"requestId": "test-request"}}
    assert authorize_request.handler(event, None) == NOBODY


def test_a_mistyped_key_is_denied_without_reading_a_table(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    mistyped = shop.api_key[:-1] + ("0" if shop.api_key[-1] != "0" else "1")

    def no_read(_ref: object) -> None:
        pytest.fail("a table was read")

    monkeypatch.setattr(dynamo, "get", no_read)

    assert authorize_request.handler(with_header(shop, f"Bearer {mistyped}"), None) == NOBODY


def test_the_key_is_neither_logged_nor_stored(aws: None) -> None:
    with logged() as log:
        shop = Shop.open()
        authorize_request.handler(with_header(shop, f"Bearer {shop.api_key}"), None)
        authorize_request.handler(with_header(shop, f"Bearer {rules.new_api_key()}"), None)

    secret = shop.api_key.removeprefix("kasir_sk_")
    stored = boto3.client("dynamodb").scan(TableName="test-staff")["Items"]
    assert "request authorized" in log.getvalue()
    assert "kasir_sk_" not in log.getvalue() and secret not in log.getvalue()
    assert rules.key_hash(shop.api_key) in str(stored)
    assert secret not in str(stored)
