"""The quick start of docs/api.md, run as it stands there."""

import os
import re
import shutil
import subprocess
import sys

import pytest

from infra.local.settings import ROOT
from tests.stack.support import Shop

pytestmark = pytest.mark.stack


def snippet(language: str) -> str:
    """The one block of this language in the documentation."""
    [found] = re.findall(rf"^```{language}\n(.*?)^```$", (ROOT / "docs/api.md").read_text(), re.DOTALL | re.MULTILINE)
    return str(found)


def run(shop: Shop, *command: str) -> str:
    """What a program prints that gets this shop's address and key."""
    settings = {"KASIR_URL": shop.api.url, "KASIR_KEY": shop.api.key or "", "KASIR_LOCATION": shop.location_id}
    done = subprocess.run(command, env=os.environ | settings, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def assert_sold_once(shop: Shop) -> None:
    [order] = shop.api.get("/v1/orders").json["items"]
    assert (order["status"], order["payment_status"], order["total"]) == ("completed", "paid", 16_000)


def test_curl(shop: Shop) -> None:
    printed = run(shop, "bash", "-euo", "pipefail", "-c", snippet("sh"))

    assert_sold_once(shop)
    [order] = shop.api.get("/v1/orders").json["items"]
    assert printed.count(f'"number":"{order["number"]}"') >= 2


def test_python(shop: Shop) -> None:
    first, second, refused = run(shop, sys.executable, "-c", snippet("python")).splitlines()

    assert_sold_once(shop)
    assert first == second
    assert first.endswith(" 16000 4000")
    assert refused == "422 variant.unknown /lines/0/sku"


@pytest.mark.skipif(not shutil.which("node"), reason="no Node.js on this machine to run JavaScript with")
def test_javascript(shop: Shop) -> None:
    first, second, *names = run(shop, "node", "--input-type=module", "--eval", snippet("javascript")).splitlines()

    assert_sold_once(shop)
    assert (first.split()[2:], second.split()[2:]) == (["16000", "false"], ["16000", "true"])
    assert names == ["Es teh"]
