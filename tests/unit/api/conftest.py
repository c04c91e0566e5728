"""What the description layer brings, without building it: the samples as they are, and a Swagger UI of two lines."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from api import description, get_docs, get_openapi
from tests.support.aws import ROOT


@pytest.fixture(autouse=True)
def description_layer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    layer = tmp_path / "api_description"
    (layer / "page").mkdir(parents=True)
    (layer / "page" / "swagger-ui-bundle.js").write_text("var a = '</script><!--';")
    (layer / "page" / "swagger-ui.css").write_text("body { color: black }")
    (layer / "samples").mkdir()
    for sample in (ROOT / "events").glob("*/*.json"):
        shutil.copy(sample, layer / "samples")
    monkeypatch.syspath_prepend(tmp_path)
    yield
    get_docs._page.cache_clear()
    get_openapi._document.cache_clear()
    description.document.cache_clear()
