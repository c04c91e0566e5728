"""create_merchant"""
from staff import get_merchant
from tests.support.shop import Shop


def test_a_new_merchant_has_settings_fit_for_its_currency(shop: Shop) -> None:
    merchant = shop.call(get_merchant.handler).json

    assert merchant["currency"] == "IDR"
    assert merchant["minor_units"] == 0
