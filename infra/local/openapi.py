"""Writes the API's description into a file, without a stack: `python -m infra.local.openapi FILE`.

It is left alone if it says the same already, so that whatever is made of it is not made anew.
"""

import json
import sys
from pathlib import Path

from api.event_data import EVENT_DATA
from api.routes import routes
from api.specification import specification
from infra.local.settings import ROOT


def main() -> None:
    """Write what GET /v1/openapi.json answers."""
    file = Path(sys.argv[1])
    samples = {sample.stem: json.loads(sample.read_text()) for sample in (ROOT / "events").glob("*/*.json")}
    description = json.dumps(specification(routes(), samples, EVENT_DATA), indent=1, sort_keys=True)
    if not file.exists() or file.read_text() != description:
        file.write_text(description)


if __name__ == "__main__":
    main()
