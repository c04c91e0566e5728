"""GET /v1/openapi.json"""

import json
from functools import cache
from importlib import resources

from api.event_data import EVENT_DATA
from api.routes import routes
from api.specification import specification
from pos.http import Answer, Call, operation


@operation(permission=None)
def handler(call: Call[None, None]) -> Answer:
    """The API's description (OpenAPI 3.1), made from the code that answers it. It needs no key."""
    return Answer(200, _document(), headers={"cache-control": "public, max-age=300"})


@cache
def _document() -> bytes:
    folder = resources.files("api_description") / "samples"
    samples = {sample.name.removesuffix(".json"): json.loads(sample.read_text()) for sample in folder.iterdir()}
    return json.dumps(specification(routes(), samples, EVENT_DATA), separators=(",", ":")).encode()
