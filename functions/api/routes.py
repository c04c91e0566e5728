"""Every route of the API, found where its operation is: the first line of a handler's module names it."""

import importlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from pos.http import Operation

_ROUTE = re.compile(r'"""(GET|POST|PUT|PATCH|DELETE) (/v1/[\w/{}.]+)')
_FUNCTIONS = Path(__file__).parents[1]


class Route(NamedTuple):
    """A method and a path, and the operation of a service that is run for it."""

    method: str
    path: str
    service: str
    operation: Operation[Any, Any]


def routes() -> Iterator[Route]:
    """All routes, service by service."""
    for module in sorted(_FUNCTIONS.glob("*/*.py")):
        with module.open() as lines:
            named = _ROUTE.match(lines.readline())
        if named is None:
            continue
        service = module.parent.name
        handler = importlib.import_module(f"{service}.{module.stem}").handler
        if isinstance(handler, Operation):
            yield Route(named[1], named[2], service, handler)
