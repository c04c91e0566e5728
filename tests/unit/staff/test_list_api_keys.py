"""list_api_keys"""

import pytest

from staff import list_api_keys, revoke_api_key, rotate_api_key
from tests.support.contract import Handler, all_pages, assert_needs
from tests.support.samples import sample
from tests.support.shop import Shop, send
from tests.unit.staff.keys import make_key, opens, set_clock


def test_the_sample_lists_keys_oldest_first_without_secrets(shop: Shop) -> None:
    made = [make_key(shop), make_key(shop)]

    first, *others = send(list_api_keys.handler, sample("staff", "list_api_keys", shop)).json["items"]

    assert (first["permissions"], first["secret"]) == (["*"], None)
    assert others == [key | {"secret": None} for key in made]
    assert all_pages(shop, list_api_keys.handler, 2) == [first, *others]


def test_it_shows_no_other_merchants_keys(shop: Shop) -> None:
    make_key(Shop.open(name="Toko Lain"))

    assert len(shop.call(list_api_keys.handler).json["items"]) == 1


def test_a_use_is_known_to_the_hour(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    key = make_key(shop)
    for moment in ("2030-01-01T08:00:00Z", "2030-01-01T08:59:59Z"):
        set_clock(monkeypatch, moment)
        opens(key["secret"])
        assert shop.call(list_api_keys.handler).json["items"][1]["last_used_at"] == "2030-01-01T08:00:00.000Z"

    set_clock(monkeypatch, "2030-01-01T09:00:00Z")
    opens(key["secret"])

    assert shop.call(list_api_keys.handler).json["items"][1]["last_used_at"] == "2030-01-01T09:00:00.000Z"


def test_a_last_use_outlives_rotation_and_revocation(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    key = make_key(shop)
    set_clock(monkeypatch, "2030-01-01T08:00:00Z")
    opens(key["secret"])

    changes: tuple[Handler, ...] = (rotate_api_key.handler, revoke_api_key.handler)
    for change in changes:
        assert shop.call(change, {}, id=key["id"]).status == 200
        assert shop.call(list_api_keys.handler).json["items"][1]["last_used_at"] == "2030-01-01T08:00:00.000Z"


def test_a_revoked_key_stays_in_the_list(shop: Shop) -> None:
    key = make_key(shop)
    revoked = shop.call(revoke_api_key.handler, id=key["id"]).json

    assert shop.call(list_api_keys.handler).json["items"][1] == revoked


def test_it_needs_keys_read(shop: Shop) -> None:
    assert_needs("keys:read", shop, list_api_keys.handler)
