"""GET /v1/docs"""

import base64
import hashlib
from functools import cache
from importlib import resources

from pos.http import Answer, Call, operation

_HTML = "text/html"
_START = """SwaggerUIBundle({
  url: "openapi.json", dom_id: "#docs", docExpansion: "none", filter: true, tryItOutEnabled: true,
  persistAuthorization: false
});"""


@operation(permission=None, media=(_HTML,))
def handler(call: Call[None, None]) -> Answer:
    """The API's description as a page to read and to try things on (Swagger UI). It needs no key, and nothing from
    elsewhere.
    """
    page, policy = _page()
    headers = {
        "cache-control": "public, max-age=300",
        "content-security-policy": policy,
        "referrer-policy": "no-referrer",
        "x-content-type-options": "nosniff",
    }
    return Answer(200, page.encode(), media_type=f"{_HTML}; charset=utf-8", headers=headers)


@cache
def _page() -> tuple[str, str]:
    """The page, and the policy that lets these very scripts run and no other."""
    folder = resources.files("api_description") / "page"
    # Inside an HTML script, these would end it or begin a comment; in JavaScript's strings the backslash means nothing.
    bundle = (folder / "swagger-ui-bundle.js").read_text().replace("</script", r"<\/script").replace("<!--", r"<\!--")
    style = (folder / "swagger-ui.css").read_text()
    scripts = " ".join(f"'sha256-{_digest(script)}'" for script in (bundle, _START))
    policy = (
        f"default-src 'none'; script-src {scripts}; style-src 'unsafe-inline'; img-src 'self' data:; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    page = f"""<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Kasir API</title>
<style>{style}</style></head>
<body><div id="docs"></div><script>{bundle}</script><script>{_START}</script></body>
</html>
"""
    return page, policy


def _digest(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
