import base64
import hashlib
import json
import re

from api.get_docs import handler
from tests.support.aws import ROOT
from tests.support.shop import Reply, send


def page() -> Reply:
    return send(handler, json.loads((ROOT / "events/api/get_docs.json").read_text()))


def test_the_page_needs_nothing_from_elsewhere() -> None:
    answer = page()

    assert (answer.status, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert answer.headers["x-request-id"] == "sample-request-0001"
    assert not re.search(r"(src|href)=", answer.text)
    assert 'url: "openapi.json"' in answer.text


def test_its_policy_lets_its_own_scripts_run_and_no_other() -> None:
    answer = page()

    scripts = re.findall(r"<script>(.*?)</script>", answer.text, re.DOTALL)
    assert len(scripts) == 2
    hashes = [f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'" for script in scripts]
    assert f"script-src {' '.join(hashes)};" in answer.headers["content-security-policy"]
    assert "unsafe-eval" not in answer.headers["content-security-policy"]


def test_what_a_script_says_cannot_end_it() -> None:
    assert r"var a = '<\/script><\!--';" in page().text
