"""The quick start of docs/api.md and the walk-through of README.md, run as they stand there."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from infra.local.settings import ROOT
from tests.stack.support import Shop
from tests.support.python_client import make_client

pytestmark = pytest.mark.stack


def snippets(page: str, language: str) -> list[str]:
    """The blocks of this language in a page of the documentation."""
    blocks = re.findall(rf"^```{language}\n(.*?)^```$", (ROOT / page).read_text(), re.DOTALL | re.MULTILINE)
    return [str(block) for block in blocks]


def snippet(language: str) -> str:
    """The one block of this language in the quick start."""
    [found] = snippets("docs/api.md", language)
    return found


def run(shop: Shop, *command: str, **settings: str) -> str:
    """What a program prints that gets this shop's address and key."""
    settings |= {"KASIR_URL": shop.api.url, "KASIR_KEY": shop.api.key or "", "KASIR_LOCATION": shop.location_id}
    done = subprocess.run(command, env=os.environ | settings, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def assert_sold_once(shop: Shop, total: int = 16_000) -> None:
    [order] = shop.api.get("/v1/orders").json["items"]
    assert (order["status"], order["payment_status"], order["total"]) == ("completed", "paid", total)


def test_curl(shop: Shop) -> None:
    printed = run(shop, "bash", "-euo", "pipefail", "-c", snippet("sh"))

    assert_sold_once(shop)
    [order] = shop.api.get("/v1/orders").json["items"]
    assert printed.count(f'"number":"{order["number"]}"') >= 2


def test_python(shop: Shop, tmp_path: Path) -> None:
    client = make_client(shop.api.get("/v1/openapi.json").json, tmp_path)

    first, second, refused = run(shop, sys.executable, "-c", snippet("python"), PYTHONPATH=str(client)).splitlines()

    assert_sold_once(shop)
    assert first == second
    assert first.endswith(" 16000 4000")
    assert refused == "412 request.stale_version"


def test_the_walk_through_of_the_readme(shop: Shop) -> None:
    [walk] = [block for block in snippets("README.md", "sh") if "pairing_code" in block]

    printed = run(
        shop,
        "bash",
        "-euo",
        "pipefail",
        "-c",
        walk,
        API=shop.api.url,
        KEY=shop.api.key or "",
        SHOP=shop.location_id,
    )

    assert_sold_once(shop, 1800)
    [order] = shop.api.get("/v1/orders").json["items"]
    [member] = shop.api.get("/v1/staff").json["items"]
    assert order["history"][0]["actor"] == member["id"]
    assert '"code":"session.wrong_pin"' in printed
    assert f'"number":"{order["number"]}"' in printed


@pytest.mark.skipif(not shutil.which("node"), reason="no Node.js on this machine to run JavaScript with")
def test_javascript(shop: Shop) -> None:
    first, second, *names = run(shop, "node", "--input-type=module", "--eval", snippet("javascript")).splitlines()

    assert_sold_once(shop)
    assert (first.split()[2:], second.split()[2:]) == (["16000", "false"], ["16000", "true"])
    assert names == ["Es teh"]
