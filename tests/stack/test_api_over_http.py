"""The API as a stranger and a browser meet it."""

import re
import shutil
import subprocess
from typing import Any

import pytest

from tests.stack.support import Api
from tests.structure.test_gateway import routes

pytestmark = pytest.mark.stack

CHROMIUM = shutil.which("chromium-headless-shell") or shutil.which("chromium") or shutil.which("google-chrome")
KEYED = [key for key, route in routes().items() if "Auth" not in route]


def test_no_route_answers_who_has_no_key_or_anothers(api: Api) -> None:
    nobody, impostor = api.with_key(None), api.with_key("kasir_sk_nobodys")
    for key in KEYED:
        method, path = key.split()
        path = re.sub(r"{\w+}", "unknown-0001", path)

        assert nobody.send(method, path).status == 401, key
        refused = impostor.send(method, path)
        assert (refused.status, refused.code) == (401, "auth.invalid_key"), key


def test_what_no_route_answers_is_refused_by_a_problem(api: Api) -> None:
    for method, path in (("GET", "/v1/order"), ("TRACE", "/v1/orders"), ("PUT", "/"), ("DELETE", "/v1/merchant")):
        refused = api.send(method, path)
        assert (refused.status, refused.code) == (404, "request.unknown_route"), (method, path)


def test_the_pages_of_another_origin_may_not_call(api: Api) -> None:
    asks = {"origin": "https://elsewhere.example", "access_control_request_method": "GET"}

    answer = api.send("OPTIONS", "/v1/orders", **asks)

    assert "access-control-allow-origin" not in answer.headers


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine to open the page with")
def test_the_documentation_opens_in_a_browser_without_a_complaint(stack: dict[str, Any]) -> None:
    command = [str(CHROMIUM), "--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr", "--dump-dom"]

    done = subprocess.run(
        [*command, "--virtual-time-budget=30000", stack["docs_url"]], capture_output=True, text=True, check=True
    )

    assert "CONSOLE" not in done.stderr, re.findall(".*CONSOLE.*", done.stderr)
    assert {"orders", "catalog", "webhooks"} <= set(re.findall(r'data-tag="(\w+)"', done.stdout))
