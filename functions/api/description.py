"""The API's description, made once a process from the code and the sample events of the description layer."""

import json
from functools import cache
from importlib import resources
from typing import Any

from api.event_data import EVENT_DATA
from api.routes import routes
from api.specification import specification


@cache
def document() -> dict[str, Any]:
    """The OpenAPI document."""
    folder = resources.files("api_description") / "samples"
    samples = {sample.name.removesuffix(".json"): json.loads(sample.read_text()) for sample in folder.iterdir()}
    return specification(routes(), samples, EVENT_DATA)
