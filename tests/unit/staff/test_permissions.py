"""The names of what callers may be allowed to do."""

import re

from api.routes import routes
from staff.permissions import PERMISSIONS
from tests.support.aws import ROOT

_NAME = re.compile(r'(?:permission=|^_?[A-Z_]+ = )"([a-z_]+:[a-z_]+)"', re.MULTILINE)


def test_the_list_is_what_the_code_asks_for() -> None:
    sources = [path.read_text() for path in (ROOT / "functions").glob("*/*.py")]

    assert {name for source in sources for name in _NAME.findall(source)} == PERMISSIONS


def test_every_operation_declares_one_of_the_list() -> None:
    assert {route.operation.permission for route in routes() if route.operation.permission is not None} <= PERMISSIONS
