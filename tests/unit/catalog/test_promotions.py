"""When promotions run, and what they cover."""

import json
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from catalog import promotions
from catalog.models import PercentOff, Promotion, Sellable

JAKARTA = "Asia/Jakarta"


def promotion(**fields: Any) -> Promotion:
    stamp = {"version": 1, "created_at": "", "updated_at": ""}
    given = {"name": "Promo", "active": True, "percent_off": {"percent": "10"}} | fields
    return Promotion.model_validate({"id": "prm_1", **stamp, **given})


def runs(local: str, *, location_id: str = "loc_1", zone: str = JAKARTA, **fields: Any) -> bool:
    """Whether it runs when clocks there show that time."""
    at = datetime.fromisoformat(local).replace(tzinfo=ZoneInfo(zone))
    return bool(promotions.running([promotion(**fields)], location_id, at, zone))


def sellable(category_id: str | None = None) -> Sellable:
    return Sellable(
        variant_id="var_0001",
        product_id="prd_0001",
        category_id=category_id,
        name="Kopi",
        sku=None,
        barcode=None,
        price=1,
        tax_ids=(),
        track_stock=True,
        stock_policy=None,
    )


def covers(category_id: str | None = None, parents: dict[str, str | None] | None = None, **targets: Any) -> bool:
    one = promotion(percent_off=PercentOff.model_validate_json(json.dumps({"percent": "10", **targets})))
    return promotions.covering([one], sellable(category_id), parents or {}) == ["prm_1"]


@pytest.mark.parametrize(("local", "expected"), [("16:59", False), ("17:00", True), ("18:59", True), ("19:00", False)])
def test_it_runs_from_one_hour_to_before_another_of_the_locations_clocks(local: str, expected: bool) -> None:
    for zone in (JAKARTA, "America/St_Johns"):
        assert runs(f"2026-11-27T{local}", zone=zone, from_time="17:00", to_time="19:00") is expected


@pytest.mark.parametrize(
    ("local", "expected"),
    [
        ("2026-11-27T21:59", False),
        ("2026-11-27T22:00", True),  # a Friday
        ("2026-11-28T01:59", True),
        ("2026-11-28T02:00", False),
        ("2026-11-28T22:00", False),
        ("2026-11-27T01:00", False),
    ],
)
def test_a_night_past_midnight_is_of_the_weekday_on_which_it_began(local: str, expected: bool) -> None:
    assert runs(local, weekdays=["fri"], from_time="22:00", to_time="02:00") is expected


def test_without_hours_it_runs_all_day_of_its_weekdays() -> None:
    assert [runs(f"2026-11-{day}T12:00", weekdays=["sat", "sun"]) for day in (27, 28, 29, 30)] == [
        False,
        True,
        True,
        False,
    ]


def test_it_runs_from_its_first_moment_to_before_its_last() -> None:
    period = {"starts_at": "2026-11-27T05:00:00.000Z", "ends_at": "2026-11-27T06:00:00.000Z"}

    times = ("11:59:59", "12:00:00", "12:59:59", "13:00:00")
    assert [runs(f"2026-11-27T{time}", **period) for time in times] == [False, True, True, False]


def test_it_runs_where_it_says_and_only_while_it_is_active() -> None:
    assert runs("2026-11-27T12:00", location_ids=["loc_1"])
    assert not runs("2026-11-27T12:00", location_ids=["loc_2"])
    assert not runs("2026-11-27T12:00", active=False)


@given(st.integers(0, 1439), st.integers(0, 1439), st.integers(0, 1439))
def test_at_each_minute_of_a_day_either_it_runs_or_its_complement(begin: int, end: int, now: int) -> None:
    def clock(minutes: int) -> str:
        return f"{minutes // 60:02}:{minutes % 60:02}"

    assume(begin != end)
    at = f"2026-11-27T{clock(now)}"

    assert runs(at, from_time=clock(begin), to_time=clock(end)) != runs(at, from_time=clock(end), to_time=clock(begin))


def test_what_it_names_is_covered_and_all_of_the_catalog_if_it_names_nothing() -> None:
    assert covers()
    assert covers(variant_ids=["var_0001"])
    assert covers(product_ids=["prd_0000", "prd_0001"])
    assert not covers(variant_ids=["var_0002"], product_ids=["prd_0002"], category_ids=["cat_0001"])


def test_a_category_covers_what_is_inside_of_those_inside_of_it() -> None:
    parents: dict[str, str | None] = {
        "cat_0003": "cat_0002",
        "cat_0002": "cat_0001",
        "cat_0001": None,
        "cat_0000": None,
    }

    assert covers("cat_0003", parents, category_ids=["cat_0001"])
    assert not covers("cat_0001", parents, category_ids=["cat_0003"])
    assert not covers("cat_0003", parents, category_ids=["cat_0000"])


def test_nothing_covers_what_is_not_in_the_catalog() -> None:
    assert promotions.covering([promotion()], None, {}) == []
