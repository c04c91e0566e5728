"""create_endpoint"""

import base64
from typing import Any

import pytest

from pos import aws
from tests.support.contract import assert_needs, assert_refuses_what_is_no_body, events_of, logged
from tests.support.samples import sample
from tests.support.shop import Shop, send
from tests.unit.webhooks.line import stored_items
from webhooks import create_endpoint, get_endpoint, list_endpoints, signing

BODY: dict[str, Any] = {"url": "https://shop.example.com/hook", "event_types": ["order.*", "inventory.updated"]}


def test_the_sample_event_adds_an_endpoint(shop: Shop) -> None:
    reply = send(create_endpoint.handler, sample("webhooks", "create_endpoint", shop))

    assert (reply.status, reply.json["description"], reply.json["enabled"]) == (201, "Web shop", True)
    [event] = events_of(shop, reply.json["id"])
    assert event["type"] == "endpoint.created"


def test_the_secret_is_shown_once(shop: Shop) -> None:
    endpoint = shop.call(create_endpoint.handler, BODY).json

    assert len(base64.b64decode(endpoint["secret"].removeprefix("whsec_"))) == 32
    assert len(base64.b64decode(endpoint["public_key"].removeprefix("whpk_"))) == 32
    hidden = endpoint | {"secret": None}
    assert shop.call(get_endpoint.handler, id=endpoint["id"]).json == hidden
    assert shop.call(list_endpoints.handler).json["items"] == [hidden]
    assert [event["data"] for event in events_of(shop, endpoint["id"])] == [hidden]


def test_a_repeat_makes_no_second_endpoint_and_does_not_show_the_secret_again(shop: Shop) -> None:
    headers = {"Idempotency-Key": "endpoint-1"}
    first = shop.call(create_endpoint.handler, BODY, headers=headers)

    again = shop.call(create_endpoint.handler, BODY, headers=headers)

    assert first.json["secret"].startswith("whsec_")
    assert (again.status, again.headers["idempotent-replayed"]) == (201, "true")
    assert again.json == first.json | {"secret": None}
    assert len(shop.call(list_endpoints.handler).json["items"]) == 1
    other = shop.call(create_endpoint.handler, BODY | {"enabled": False}, headers=headers)
    assert (other.status, other.code) == (422, "idempotency.mismatch")


def test_the_secret_is_nowhere_in_clear(shop: Shop) -> None:
    with logged() as log:
        endpoint = shop.call(create_endpoint.handler, BODY, headers={"Idempotency-Key": "endpoint-1"}).json

    text = endpoint["secret"].removeprefix("whsec_")
    key = base64.b64decode(text)
    for table in ("webhooks", "events", "idempotency"):
        for item in stored_items(table):
            everything = repr(item).encode() + b"".join(value["B"] for value in item.values() if "B" in value)
            assert key not in everything
            assert text.encode() not in everything
            assert repr(key)[2:-1].encode() not in everything
    assert text not in log.getvalue()


def test_the_secret_is_encrypted_for_this_endpoint_alone(shop: Shop) -> None:
    endpoint = shop.call(create_endpoint.handler, BODY).json
    [stored] = [item["secret"]["B"] for item in stored_items("webhooks") if "secret" in item]

    plain = aws.kms().decrypt(
        CiphertextBlob=stored, EncryptionContext={"merchant": shop.merchant_id, "endpoint": endpoint["id"]}
    )

    keys = signing.Keys(plain["Plaintext"][:32], plain["Plaintext"][32:])
    assert (keys.secret_text, keys.public_text) == (endpoint["secret"], endpoint["public_key"])
    with pytest.raises(aws.kms().exceptions.InvalidCiphertextException):
        aws.kms().decrypt(
            CiphertextBlob=stored, EncryptionContext={"merchant": shop.merchant_id, "endpoint": "whe_other"}
        )


@pytest.mark.parametrize("url", ["ftp://example.com", "https://10.0.0.1/", "https://me:secret@example.com/", "shop"])
def test_a_url_that_webhooks_must_not_go_to_is_refused(shop: Shop, url: str) -> None:
    reply = shop.call(create_endpoint.handler, BODY | {"url": url})

    assert (reply.status, reply.code, reply.pointers) == (422, "endpoint.url_invalid", ["/url"])
    assert stored_items("webhooks") == []


def test_only_a_local_stack_takes_http_and_this_machine(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    local = BODY | {"url": "http://127.0.0.1:8123/"}
    assert shop.call(create_endpoint.handler, local).status == 201

    monkeypatch.setenv("ALLOW_LOOPBACK_WEBHOOKS", "false")
    assert shop.call(create_endpoint.handler, local).code == "endpoint.url_invalid"
    monkeypatch.delenv("ALLOW_LOOPBACK_WEBHOOKS")
    assert shop.call(create_endpoint.handler, local).code == "endpoint.url_invalid"


@pytest.mark.parametrize(
    ("field", "value", "pointer"),
    [
        ("event_types", [], "/event_types"),
        ("event_types", ["order.*", "order.eaten"], "/event_types/1"),
        ("event_types", ["order"], "/event_types/0"),
        ("event_types", "*", "/event_types"),
        ("url", "https://example.com/" + "a" * 2000, "/url"),
        ("secret", "whsec_mine", "/secret"),
    ],
)
def test_a_malformed_endpoint_is_refused_by_field(shop: Shop, field: str, value: object, pointer: str) -> None:
    reply = shop.call(create_endpoint.handler, BODY | {field: value})

    assert (reply.status, reply.code, reply.pointers) == (422, "request.invalid", [pointer])


def test_a_type_that_is_named_twice_counts_once(shop: Shop) -> None:
    reply = shop.call(create_endpoint.handler, BODY | {"event_types": ["*", "order.*", "*"]})

    assert reply.json["event_types"] == ["*", "order.*"]


def test_it_needs_its_permission(shop: Shop) -> None:
    assert_needs("webhooks:write", shop, create_endpoint.handler, BODY)


def test_what_is_no_body_is_refused(shop: Shop) -> None:
    assert_refuses_what_is_no_body(shop, create_endpoint.handler)
