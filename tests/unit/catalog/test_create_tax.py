"""create_tax"""

from typing import Any

import pytest

from catalog import create_tax, list_taxes, store
from pos import dynamo
from tests.support.contract import assert_happens_once, assert_needs, assert_refuses_what_is_no_body, events_of
from tests.support.samples import sample
from tests.support.shop import Shop, send


def test_a_tax_is_added_with_its_event(shop: Shop) -> None:
    reply = shop.call(create_tax.handler, {"name": "PPN", "rate": "11.50", "included": True, "base_fraction": "11/12"})

    assert (reply.status, reply.headers["etag"]) == (201, '"1"')
    expected = {"rate": "11.5", "included": True, "compound": False, "base_fraction": "11/12"}
    assert expected.items() <= reply.json.items()
    [event] = events_of(shop, reply.json["id"])
    assert (event["type"], event["data"]) == ("tax.created", reply.json)
    assert shop.call(list_taxes.handler).json["items"] == [reply.json]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "PPN\n11"),
        ("rate", 11),
        ("rate", 11.5),
        ("rate", "-1"),
        ("rate", "1001"),
        ("rate", "11.0000001"),
        ("rate", "1e1"),
        ("rate", "1_1"),
        ("rate", "\uff11\uff11"),  # full-width digits
        ("rate", "NaN"),
        ("rate", "eleven"),
        ("included", "yes"),
        ("included", 1),
        ("base_fraction", "11/0"),
        ("base_fraction", "11/12/13"),
        ("base_fraction", 0.9),
        ("country", "ID"),
    ],
)
def test_a_bad_field_is_refused_by_name(shop: Shop, field: str, value: Any) -> None:
    reply = shop.call(create_tax.handler, {"name": "PPN", "rate": "11", field: value})

    assert (reply.status, reply.code, reply.pointers) == (422, "request.invalid", [f"/{field}"])
    assert shop.call(list_taxes.handler).json["items"] == []


def test_a_tax_of_nothing_is_a_tax(shop: Shop) -> None:
    assert shop.call(create_tax.handler, {"name": "Bebas", "rate": "0"}).json["rate"] == "0"


def test_a_merchant_has_a_limited_number_of_taxes(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "_MAX_TAXES", 1)
    shop.call(create_tax.handler, {"name": "PPN", "rate": "11"})

    reply = shop.call(create_tax.handler, {"name": "PB1", "rate": "10"})

    assert (reply.status, reply.code) == (409, "tax.too_many")


def test_of_two_taxes_added_at_one_moment_none_is_lost(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    stale = dynamo.get(store.taxes_ref(shop.merchant_id))
    first = shop.call(create_tax.handler, {"name": "PPN", "rate": "11"}).json
    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(dynamo, "get", lambda _ref: stale)
        late = shop.call(create_tax.handler, {"name": "PB1", "rate": "10"})

    assert (late.status, late.code) == (409, "request.conflict")
    assert shop.call(list_taxes.handler).json["items"] == [first]


def test_what_is_no_body_is_refused(shop: Shop) -> None:
    assert_refuses_what_is_no_body(shop, create_tax.handler)


def test_a_repeat_adds_no_second_tax(shop: Shop) -> None:
    assert_happens_once(shop, create_tax.handler, {"name": "PPN", "rate": "11"}, {"name": "PPN", "rate": "12"})
    assert len(shop.call(list_taxes.handler).json["items"]) == 1


def test_another_spelling_of_the_same_rate_is_the_same_request(shop: Shop) -> None:
    headers = {"Idempotency-Key": "k"}
    first = shop.call(create_tax.handler, {"name": "PPN", "rate": "11"}, headers=headers)

    again = shop.call(create_tax.handler, '{ "rate": "11.00", "name": " PPN " }', headers=headers)

    assert (again.status, again.text) == (201, first.text)


def test_it_needs_catalog_write(shop: Shop) -> None:
    assert_needs("catalog:write", shop, create_tax.handler, {"name": "PPN", "rate": "11"})


def test_the_sample_adds_a_tax(shop: Shop) -> None:
    reply = send(create_tax.handler, sample("catalog", "create_tax", shop))

    assert (reply.status, reply.json["rate"], reply.json["base_fraction"]) == (201, "12", "11/12")
