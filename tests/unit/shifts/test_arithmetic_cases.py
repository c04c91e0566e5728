"""The worked examples of shifts that Odoo and ERPNext publish (tests/cases)."""

import pytest

from tests.support.arithmetic import CASES, Case, drawer_figures, published_drawer
from tests.support.shop import Shop
from tests.unit.shifts.counter import Counter


@pytest.mark.parametrize("case", [pytest.param(case, id=case["id"]) for case in CASES if case["kind"] == "session"])
def test_a_drawer_closes_as_published(aws: None, case: Case) -> None:
    figures = drawer_figures(case, Counter(Shop.open(currency=case["currency"])))

    published = published_drawer(case)
    assert published
    assert {name: figures[name] for name in published} == published
