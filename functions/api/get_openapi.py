"""GET /v1/openapi.json"""

import json
from functools import cache

from api.description import document
from pos.http import Answer, Call, operation


@operation(permission=None)
def handler(call: Call[None, None]) -> Answer:
    """The API's description (OpenAPI 3.1), made from the code that answers it. It needs no key."""
    return Answer(200, _document(), headers={"cache-control": "public, max-age=300"})


@cache
def _document() -> bytes:
    return json.dumps(document(), separators=(",", ":")).encode()
