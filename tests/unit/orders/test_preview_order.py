"""preview_order"""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orders import create_order, preview_order
from pos import aws
from staff import update_merchant
from tests.support.samples import sample
from tests.support.shop import Reply, Shop, send
from tests.unit.orders.till import Json, Till, custom, piece, stored

VARIANTS = 3

quantities = st.decimals(min_value="0.001", max_value=50, places=3).map(str)
percents = st.decimals(min_value="0.01", max_value=100, places=2).map(str)
amounts = st.integers(1, 5_000)
discounts = st.lists(
    st.one_of(
        st.fixed_dictionaries({"percent": percents}, optional={"applies_to": st.sampled_from(["gross", "net"])}),
        st.fixed_dictionaries({"amount": amounts}),
    ),
    max_size=2,
)
lines = st.lists(
    st.fixed_dictionaries(
        {"sells": st.integers(0, VARIANTS), "quantity": quantities},
        optional={
            "discounts": discounts,
            "modifiers": st.lists(
                st.fixed_dictionaries({"name": st.just("Extra"), "price": st.integers(0, 2_000)}), max_size=2
            ),
        },
    ),
    min_size=1,
    max_size=6,
)
orders = st.fixed_dictionaries(
    {"lines": lines},
    optional={
        "discounts": discounts,
        "service_charges": st.lists(
            st.fixed_dictionaries(
                {"percent": percents},
                optional={"taxable": st.booleans(), "on": st.sampled_from(["discounted", "undiscounted"])},
            ),
            max_size=2,
        ),
        "tip": st.integers(0, 5_000),
        "payments": st.lists(
            st.fixed_dictionaries({"method": st.sampled_from(["cash", "card", "qris"]), "amount": amounts}), max_size=3
        ),
    },
)
policies = st.fixed_dictionaries(
    {
        "tax_rounding": st.sampled_from(["per_line", "per_order"]),
        "rounding_mode": st.sampled_from(["half_up", "half_even", "down"]),
        "cash_rounding_step": st.sampled_from([0, 5, 100]),
    }
)


@pytest.fixture
def variants(till: Till) -> list[str]:
    """Variants of odd prices with no, an added, and an included and an added tax."""
    added, included = till.tax("11"), till.tax("7.5", included=True)
    return [till.product(333), till.product(1_999, tax_ids=(added,)), till.product(20_005, tax_ids=(included, added))]


def line(variants: list[str], drawn: Json) -> Json:
    drawn = dict(drawn)
    sells = drawn.pop("sells")
    return {**(custom(777) if sells == VARIANTS else piece(variants[sells])), **drawn}


def figures(reply: Reply, names: Any) -> Json:
    """What an answer says of the sale, without the ids and times of its payments."""
    answer = {name: reply.json[name] for name in names}
    payments = [{**payment, "id": None, "at": None, "captured_at": None} for payment in answer["payments"]]
    return {**answer, "payments": payments}


# The fixtures are one shop for all examples, which is what the test wants.
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=orders, policy=policies)
def test_a_preview_says_what_the_order_will_be_in_every_figure(
    till: Till, variants: list[str], order: Json, policy: Json
) -> None:
    till.shop.call(update_merchant.handler, policy)
    body = till.body(**order) | {"lines": [line(variants, drawn) for drawn in order["lines"]]}

    previewed, created = (till.shop.call(operation.handler, body) for operation in (preview_order, create_order))

    assert previewed.status == (200 if created.status == 201 else created.status)
    if created.status == 201:
        assert figures(previewed, previewed.json) == figures(created, previewed.json)
    else:
        assert (previewed.status, previewed.code, previewed.pointers) == (422, created.code, created.pointers)


def test_the_sample_event_previews(till: Till) -> None:
    till.product(15_000, sku="KOPI-S")

    reply = send(preview_order.handler, sample("orders", "preview_order", till.shop))

    assert (reply.status, reply.json["total"]) == (200, 48_800)
    assert reply.json["policy"]["cash_rounding_step"] == 100


def test_a_preview_writes_nothing_whatever_it_is_asked(till: Till) -> None:
    variant = till.product(stock="1", stock_policy="block")
    before = stored()
    seen: list[str] = []
    aws.dynamodb().meta.events.register("before-call.dynamodb", lambda model, **_: seen.append(model.name))

    body = till.body(
        piece(variant, "5"),
        id="ord_offline-0001",
        register_id=till.shop.register_id,
        complete=True,
        payments=[{"method": "cash", "amount": 50_000}],
    )
    reply = till.shop.call(preview_order.handler, body, headers={"Idempotency-Key": "k-1"}, permissions="orders:read")

    assert (reply.status, reply.json["payment_status"]) == (200, "paid")
    assert seen == ["BatchGetItem"]
    assert stored() == before


def test_a_preview_needs_nothing_of_the_orders(till: Till) -> None:
    tables: set[str] = set()
    aws.dynamodb().meta.events.register(
        "provide-client-params.dynamodb.BatchGetItem", lambda params, **_: tables.update(params["RequestItems"])
    )

    till.preview(custom(), register_id=till.shop.register_id)

    assert tables == {"test-staff", "test-catalog"}


@pytest.mark.parametrize(
    ("policy", "tax_total"),
    [
        ({}, 33),  # 10.5 on each of three lines, rounded half up
        ({"rounding_mode": "half_even"}, 30),
        ({"rounding_mode": "down"}, 30),
        ({"tax_rounding": "per_order"}, 32),  # 31.5 in all
        ({"tax_rounding": "per_order", "rounding_mode": "down"}, 31),
    ],
)
def test_other_rules_than_the_merchants_are_tried(till: Till, policy: Json, tax_total: int) -> None:
    tax = till.tax("10")

    reply = till.preview(*[custom(105, tax_ids=(tax,))] * 3, policy=policy)

    assert reply.json["tax_total"] == tax_total
    assert reply.json["total"] == 315 + tax_total


def test_another_currency_brings_its_own_minor_units(till: Till) -> None:
    policy = {"currency": "USD", "cash_rounding_step": 5}

    reply = till.preview(custom(492), policy=policy, payments=[{"method": "cash", "amount": 492}])

    assert (reply.json["policy"]["currency"], reply.json["policy"]["minor_units"]) == ("USD", 2)
    assert (reply.json["total"], reply.json["cash_rounding"], reply.json["paid"]) == (492, -2, 490)


def test_the_merchants_rules_stay_as_they_are(till: Till) -> None:
    before = stored()
    till.preview(custom(), policy={"rounding_mode": "down"})

    assert till.preview(custom()).json["policy"]["rounding_mode"] == "half_up"
    assert stored() == before


@pytest.mark.parametrize(
    ("policy", "pointer"),
    [
        ({"currency": "XXX"}, "/policy/currency"),
        ({"rounding_mode": "up"}, "/policy/rounding_mode"),
        ({"tax_rounding": "never"}, "/policy/tax_rounding"),
        ({"cash_rounding_step": -1}, "/policy/cash_rounding_step"),
        ({"minor_units": 2}, "/policy/minor_units"),
    ],
)
def test_rules_that_there_are_not_are_refused_by_their_field(till: Till, policy: Json, pointer: str) -> None:
    reply = till.preview(custom(), policy=policy)

    assert (reply.status, reply.pointers) == (422, [pointer])


def test_a_malformed_line_is_refused_by_its_pointer(till: Till) -> None:
    reply = till.preview(custom(), custom(quantity="0"))

    assert (reply.status, reply.pointers) == (422, ["/lines/1/quantity"])


def test_another_merchants_variant_does_not_exist(till: Till) -> None:
    reply = till.preview(piece(Till(Shop.open()).product()))

    assert (reply.status, reply.code, reply.pointers) == (422, "variant.unknown", ["/lines/0/variant_id"])


def test_whoever_may_look_sees_what_another_price_comes_to_before_asking_for_it(till: Till) -> None:
    body = till.body(piece(till.product(10_000), price=1))

    reply = till.shop.call(preview_order.handler, body, permissions="orders:read")

    assert (reply.json["total"], reply.json["lines"][0]["list_price"]) == (1, 10_000)
