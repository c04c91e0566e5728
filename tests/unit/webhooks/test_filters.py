"""Filters: what is taken, what passes, and that none can cost more than it may."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webhooks import filters

ORDER = {"status": "completed", "total": 120_000, "number": "A-7", "lines": [{"sku": "K1", "quantity": "2"}], "tip": 0}


@pytest.mark.parametrize(
    ("expression", "passes"),
    [
        ("total >= `100000`", True),
        ("total > `120000`", False),
        ("status == 'completed' && tip == `0`", True),
        ("tip", True),
        ("note", False),
        ("!note", True),
        ("lines[?sku == 'K1']", True),
        ("lines[?sku == 'K2']", False),
        ("contains(lines[*].sku, 'K1')", True),
        ("to_number(lines[0].quantity) >= `2`", True),
        ("starts_with(number, 'B')", False),
        ("starts_with(total, 'B')", True),
    ],
)
def test_an_event_passes_if_the_expression_holds_or_cannot_be_judged(expression: str, passes: bool) -> None:
    assert filters.problem(expression) is None
    assert filters.passes(expression, ORDER) is passes


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("", "is no JMESPath expression"),
        ("total >", "is no JMESPath expression"),
        ("[@, @] | [@, @]", "must not have a multi select list"),
        ("{a: @}", "must not have a multi select dict"),
        ("lines[]", "must not have a flatten"),
        ("sort(lines)", "must not call sort()"),
        ("length(lines, lines)", "gives length() 2 arguments"),
        ("!" * 30 + "a", "is nested too deeply"),
        ("!" * 500, "is nested too deeply"),
    ],
)
def test_what_could_grow_or_fail_is_no_filter(expression: str, reason: str) -> None:
    problem = filters.problem(expression)

    assert problem is not None and problem.startswith(reason)


@pytest.mark.filterwarnings("ignore:deprecated string literal")
@given(st.text(alphabet="ab.[]?*@&|!()'`<=>,0123 {}:", max_size=60), st.recursive(st.none() | st.integers(), st.lists))
def test_whatever_is_taken_judges_whatever_comes(expression: str, data: object) -> None:
    if filters.problem(expression) is None:
        assert filters.passes(expression, {"a": data, "b": json.dumps(data)}) in (True, False)
