"""create_merchant"""

from typing import Any

import boto3
import pytest
from pydantic import ValidationError

from staff import create_merchant, get_merchant, list_locations, list_registers
from tests.support.contract import events_of
from tests.support.samples import sample
from tests.support.shop import Shop


def test_a_new_merchant_has_settings_fit_for_its_currency(shop: Shop) -> None:
    merchant = shop.call(get_merchant.handler).json

    assert merchant["currency"] == "IDR"
    assert merchant["minor_units"] == 0


def test_it_comes_with_a_location_and_a_register(shop: Shop) -> None:
    [location] = shop.call(list_locations.handler).json["items"]
    [register] = shop.call(list_registers.handler).json["items"]

    assert (location["id"], location["time_zone"]) == (shop.location_id, "Asia/Jakarta")
    assert (register["id"], register["location_id"], register["code"]) == (shop.register_id, shop.location_id, "R1")


def test_all_three_have_their_events(shop: Shop) -> None:
    for entity_id, event_type in (
        (shop.merchant_id, "merchant.created"),
        (shop.location_id, "location.created"),
        (shop.register_id, "register.created"),
    ):
        [event] = events_of(shop, entity_id)
        assert (event["type"], event["entity"]["version"], event["data"]["id"]) == (event_type, 1, entity_id)


def test_the_key_is_in_no_event(shop: Shop) -> None:
    assert "kasir_sk_" not in str([events_of(shop, shop.merchant_id), events_of(shop, shop.register_id)])


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("currency", "XXX"),
        ("currency", "idr"),
        ("currency", "IDR\n"),
        ("time_zone", "Mars/Olympus"),
        ("time_zone", "../../etc/passwd"),
        ("name", ""),
        ("name", 5),
        ("register_code", "a b"),
        ("tax_rounding", "per_line"),
    ],
)
def test_bad_input_makes_nothing(aws: None, field: str, value: Any) -> None:
    with pytest.raises(ValidationError, match=field):
        create_merchant.handler({"name": "Toko Maju", field: value}, None)

    assert boto3.client("dynamodb").scan(TableName="test-staff")["Count"] == 0


def test_the_sample_makes_a_merchant(shop: Shop) -> None:
    made = create_merchant.handler(sample("staff", "create_merchant", shop), None)

    other = Shop(**made)
    assert other.call(get_merchant.handler).json["name"] == "Toko Maju"
    assert other.call(list_registers.handler).json["items"][0]["code"] == "A1"
