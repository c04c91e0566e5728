"""list_registers"""

from staff import create_location, create_register, list_locations, list_registers
from tests.support.contract import all_pages, assert_needs
from tests.support.samples import sample
from tests.support.shop import Shop, send


def test_cursors_lead_through_all_registers_once_oldest_first(shop: Shop) -> None:
    made = [
        shop.call(create_register.handler, {"name": "Kasir", "location_id": shop.location_id, "code": f"B{n}"}).json[
            "id"
        ]
        for n in range(4)
    ]

    listed = [register["id"] for register in all_pages(shop, list_registers.handler, limit=2)]

    assert listed == sorted([shop.register_id, *made])


def test_nobody_elses_registers_are_listed(shop: Shop) -> None:
    Shop.open()

    assert [register["id"] for register in shop.call(list_registers.handler).json["items"]] == [shop.register_id]


def test_the_cursor_of_another_listing_is_refused(shop: Shop) -> None:
    shop.call(create_location.handler, {"name": "Cabang"})
    cursor = shop.call(list_locations.handler, query={"limit": "1"}).json["next_cursor"]

    reply = shop.call(list_registers.handler, query={"cursor": cursor})

    assert (reply.status, reply.code) == (400, "request.invalid_cursor")


def test_it_needs_merchant_read(shop: Shop) -> None:
    assert_needs("merchant:read", shop, list_registers.handler)


def test_the_sample_lists_registers(shop: Shop) -> None:
    reply = send(list_registers.handler, sample("staff", "list_registers", shop))

    assert [register["id"] for register in reply.json["items"]] == [shop.register_id]
