"""The Python client, made anew from a description."""

import json
import shutil
from pathlib import Path
from typing import Any

from clients.python import generate
from infra.local.settings import ROOT


def make_client(document: Any, folder: Path) -> Path:
    """A copy of the client in this folder, with the operations of an OpenAPI document; what to import it from."""
    shutil.copytree(ROOT / "clients/python/kasir_client", folder / "kasir_client")
    described = folder / "openapi.json"
    described.write_text(json.dumps(document))
    generate.main([str(described), str(folder / "kasir_client")])
    return folder
