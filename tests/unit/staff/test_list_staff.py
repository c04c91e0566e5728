"""list_staff"""

from staff import delete_staff_member, list_staff
from tests.support.contract import all_pages, assert_needs
from tests.support.samples import sample
from tests.support.shop import Shop, send
from tests.unit.staff.people import employ


def test_the_sample_lists_who_works_here_oldest_first(shop: Shop) -> None:
    people = [employ(shop, name="Sari"), employ(shop, name="Budi")]
    employ(Shop.open(name="Toko Lain"))
    gone = employ(shop, name="Tono")
    shop.call(delete_staff_member.handler, id=gone["id"])

    assert send(list_staff.handler, sample("staff", "list_staff", shop)).json["items"] == people
    assert all_pages(shop, list_staff.handler, 1) == people


def test_it_needs_staff_read(shop: Shop) -> None:
    assert_needs("staff:read", shop, list_staff.handler)
