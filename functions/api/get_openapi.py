"""GET /v1/openapi.json"""

import json
from functools import cache
from importlib import resources
from typing import Any

from api.event_data import EVENT_DATA
from api.routes import routes
from api.specification import specification


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """The API's description (OpenAPI 3.1), made from the code that answers it. It needs no key."""
    return {
        "statusCode": 200,
        "headers": {"content-type": "application/json", "cache-control": "public, max-age=300"},
        "body": _document(),
    }


@cache
def _document() -> str:
    folder = resources.files("api_description") / "samples"
    samples = {sample.name.removesuffix(".json"): json.loads(sample.read_text()) for sample in folder.iterdir()}
    return json.dumps(specification(routes(), samples, EVENT_DATA), separators=(",", ":"))
