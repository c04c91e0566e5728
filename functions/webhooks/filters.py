"""Filters of endpoints: JMESPath expressions on an event's `data`, without I/O.

Only that part of the language is taken that reads: what builds new lists or objects could grow them without bound, and
an expression is a stranger's. What is left costs at most the size of `data` for each of its terms. https://jmespath.org
"""

from collections.abc import Mapping
from typing import Any

import jmespath

MAX_LENGTH = 500
_MAX_DEPTH = 20
_NODES = frozenset(
    {
        "and_expression",
        "comparator",
        "current",
        "field",
        "filter_projection",
        "function_expression",
        "identity",
        "index",
        "index_expression",
        "literal",
        "not_expression",
        "or_expression",
        "pipe",
        "projection",
        "subexpression",
    }
)
_ARGUMENTS = {"contains": 2, "ends_with": 2, "length": 1, "starts_with": 2, "to_number": 1}


def problem(expression: str, more: Mapping[str, int] | None = None) -> str | None:
    """What keeps this text from being a filter; None if nothing does. `more` are functions that it may call besides,
    with their numbers of arguments.
    """
    arguments = {**_ARGUMENTS, **(more or {})}
    try:
        parsed = jmespath.compile(expression).parsed
    except (jmespath.exceptions.JMESPathError, ValueError) as error:
        return f"is no JMESPath expression: {str(error).splitlines()[0]}"
    except RecursionError:
        return "is nested too deeply"
    return _problem(parsed, arguments, 1)


def passes(expression: str, data: Any) -> bool:
    """Whether an event with this `data` is wanted.

    What JMESPath holds for false (false, null, "", [], {}) is not. An event that the expression cannot judge (a
    function of something that is not there) is: losing one is worse than sending one too many.
    """
    try:
        found = jmespath.compile(expression).search(data)
    except (jmespath.exceptions.JMESPathError, RecursionError, TypeError, ValueError):
        return True
    return bool(found) or (found == 0 and not isinstance(found, bool))


def _problem(node: Mapping[str, Any], known: Mapping[str, int], depth: int) -> str | None:
    if depth > _MAX_DEPTH:
        return "is nested too deeply"
    kind = node["type"]
    if kind not in _NODES:
        return f"must not have a {kind.replace('_', ' ')}"
    if kind == "function_expression":
        arguments = known.get(node["value"])
        if arguments is None:
            return f"must not call {node['value']}(); it may call {', '.join(sorted(known))}"
        if len(node["children"]) != arguments:
            return f"gives {node['value']}() {len(node['children'])} arguments; it takes {arguments}"
    return next((found for child in node["children"] if (found := _problem(child, known, depth + 1))), None)
