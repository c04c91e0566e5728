"""list_roles"""

from staff import delete_role, list_roles
from tests.support.contract import assert_needs
from tests.support.samples import sample
from tests.support.shop import Shop, send
from tests.unit.staff.people import make_role

GIVEN = ["owner", "manager", "cashier", "kitchen", "auditor"]


def test_the_sample_lists_the_roles_that_all_have_and_then_its_own(shop: Shop) -> None:
    made = make_role(shop)
    make_role(Shop.open(name="Toko Lain"))

    items = send(list_roles.handler, sample("staff", "list_roles", shop)).json["items"]

    assert [role["id"] for role in items[:-1]] == GIVEN
    assert items[-1] == made


def test_the_roles_that_all_have_are_on_the_first_page_alone(shop: Shop) -> None:
    made = [make_role(shop), make_role(shop)]

    first = shop.call(list_roles.handler, query={"limit": "1"}).json
    second = shop.call(list_roles.handler, query={"limit": "1", "cursor": first["next_cursor"]}).json

    assert [role["id"] for role in first["items"]] == [*GIVEN, made[0]["id"]]
    assert second["items"] == [made[1]]


def test_a_removed_role_is_left_out(shop: Shop) -> None:
    shop.call(delete_role.handler, id=make_role(shop)["id"])

    assert len(shop.call(list_roles.handler).json["items"]) == len(GIVEN)


def test_it_needs_staff_read(shop: Shop) -> None:
    assert_needs("staff:read", shop, list_roles.handler)
