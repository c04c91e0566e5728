"""create_customer"""

from datetime import timedelta
from typing import Any

import pytest

from customers import create_customer, delete_customer, get_customer, list_customers, update_customer
from pos import clock
from staff import update_merchant
from tests.support.contract import assert_happens_once, assert_needs, assert_refuses_what_is_no_body, events_of
from tests.support.samples import sample
from tests.support.shop import Shop, send
from tests.unit.customers.people import add_customer, new_customer


def test_a_customer_is_added_with_its_event(shop: Shop) -> None:
    body = new_customer(birthday="1990-05-17", note="No sugar", tags=["regular"], external_ids={"shopify": "1042"})

    reply = shop.call(create_customer.handler, body)

    customer = reply.json
    assert (reply.status, reply.headers["etag"]) == (201, '"1"')
    assert customer == body | {"phone": "+6281234567890"} | {
        name: customer[name] for name in ("id", "version", "created_at", "updated_at", "deleted_at", "erased_at")
    }
    [event] = events_of(shop, customer["id"])
    assert (event["type"], event["data"]) == ("customer.created", customer)
    assert event["entity"] == {"type": "customer", "id": customer["id"], "version": 1}
    assert shop.call(get_customer.handler, id=customer["id"]).json == customer


@pytest.mark.parametrize("body", [{"name": "A"}, {"phone": "+6281234567890"}, {"email": "a@example.com"}])
def test_any_one_of_name_phone_and_email_is_enough(shop: Shop, body: Any) -> None:
    assert shop.call(create_customer.handler, body).status == 201


@pytest.mark.parametrize("body", [{}, {"note": "nobody"}, {"name": None}])
def test_nobody_is_no_customer(shop: Shop, body: Any) -> None:
    reply = shop.call(create_customer.handler, body)

    assert (reply.status, reply.code, reply.pointers) == (422, "customer.anonymous", ["/name"])


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("0812-3456-7890", "+6281234567890"),
        ("+62 812 3456 7890", "+6281234567890"),
        ("(021) 555 1234", "+62215551234"),
        ("62 812 3456 7890", "+6281234567890"),
        ("+1 650-253-0000", "+16502530000"),
    ],
)
def test_a_phone_is_kept_in_one_spelling(shop: Shop, written: str, kept: str) -> None:
    assert add_customer(shop, phone=written)["phone"] == kept


def test_a_local_phone_is_one_of_the_merchants_country(shop: Shop) -> None:
    shop.call(update_merchant.handler, {"country": "SG"})
    assert add_customer(shop, phone="6521 8000")["phone"] == "+6565218000"

    shop.call(update_merchant.handler, {"country": None})
    reply = shop.call(create_customer.handler, {"phone": "0812-3456-7890"})
    assert (reply.status, reply.code, reply.pointers) == (422, "customer.phone_invalid", ["/phone"])
    assert add_customer(shop, phone="+6281234567890")["phone"] == "+6281234567890"


@pytest.mark.parametrize("phone", ["Siti", "12", "08123456789012345678", "0812-3456-7890 ext. 5", "+999 1234567"])
def test_what_is_no_phone_number_is_refused(shop: Shop, phone: str) -> None:
    reply = shop.call(create_customer.handler, {"name": "Siti", "phone": phone})

    assert (reply.status, reply.code, reply.pointers) == (422, "customer.phone_invalid", ["/phone"])


def test_an_email_is_kept_in_lower_case(shop: Shop) -> None:
    assert add_customer(shop, email=" Siti.Rahayu@Example.COM ")["email"] == "siti.rahayu@example.com"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "a\nb"),
        ("phone", ""),
        ("phone", 81234567890),
        ("email", "siti"),
        ("email", "siti@example"),
        ("email", "siti@@example.com"),
        ("email", "siti @example.com"),
        ("email", "siti@exa_mple.com"),
        ("email", "s" * 250 + "@example.com"),
        ("birthday", "17 May"),
        ("birthday", "1899-12-31"),
        ("birthday", "1990-02-30"),
        ("note", "x" * 2001),
        ("tags", ["a", "a"]),
        ("tags", [str(n) for n in range(21)]),
        ("external_ids", {str(n): "1" for n in range(11)}),
        ("points", 5),
    ],
)
def test_a_bad_field_is_refused_by_name(shop: Shop, field: str, value: Any) -> None:
    reply = shop.call(create_customer.handler, {"name": "Siti", field: value})

    assert (reply.status, reply.code, reply.pointers) == (422, "request.invalid", [f"/{field}"])


def test_who_is_not_born_yet_is_refused(shop: Shop) -> None:
    tomorrow = (clock.now() + timedelta(days=1)).date().isoformat()

    reply = shop.call(create_customer.handler, {"name": "Siti", "birthday": tomorrow})

    assert (reply.status, reply.code, reply.pointers) == (422, "customer.birthday_invalid", ["/birthday"])


@pytest.mark.parametrize(
    ("field", "value", "code", "pointer"),
    [
        ("phone", "+62 812 3456 7890", "customer.phone_taken", "/phone"),
        ("email", "SITI@example.com", "customer.email_taken", "/email"),
        ("external_ids", {"shopify": "1042"}, "customer.external_id_taken", "/external_ids/shopify"),
    ],
)
def test_what_another_customer_has_is_refused(shop: Shop, field: str, value: Any, code: str, pointer: str) -> None:
    siti = add_customer(shop, **new_customer(external_ids={"shopify": "1042"}))

    reply = shop.call(create_customer.handler, {"name": "Budi", field: value})

    assert (reply.status, reply.code, reply.pointers) == (422, code, [pointer])
    assert shop.call(list_customers.handler).json["items"] == [siti]
    assert shop.call(create_customer.handler, {"name": "Budi", "external_ids": {"tokopedia": "1042"}}).status == 201


def test_what_a_customer_had_is_free_again(shop: Shop) -> None:
    changed = add_customer(shop, **new_customer())
    shop.call(update_customer.handler, {"phone": None}, id=changed["id"])
    deleted = add_customer(shop, phone=new_customer()["phone"])
    shop.call(delete_customer.handler, id=deleted["id"])

    assert add_customer(shop, phone=new_customer()["phone"])["phone"] == "+6281234567890"


def test_merchants_have_the_same_customers_each_for_themselves(shop: Shop) -> None:
    add_customer(Shop.open(), **new_customer())

    assert add_customer(shop, **new_customer())["phone"] == "+6281234567890"


def test_what_is_no_body_is_refused(shop: Shop) -> None:
    assert_refuses_what_is_no_body(shop, create_customer.handler)


def test_a_repeat_adds_no_second_customer(shop: Shop) -> None:
    assert_happens_once(shop, create_customer.handler, new_customer(), new_customer(name="Budi"))


def test_it_needs_customers_write(shop: Shop) -> None:
    assert_needs("customers:write", shop, create_customer.handler, {"name": "Siti"})


def test_the_sample_adds_a_customer(shop: Shop) -> None:
    reply = send(create_customer.handler, sample("customers", "create_customer", shop))

    assert (reply.status, reply.json["phone"]) == (201, "+6281234567890")
