"""The build: `sam build`, and bytecode for our own code, which SAM's builder leaves out. Skipped if nothing changed."""

import json
import os
import platform
import py_compile
import shutil
from collections.abc import Iterator
from importlib.util import cache_from_source
from pathlib import Path

from infra.local import environments
from infra.local.files import digest, exclusive
from infra.local.progress import run, step
from infra.local.settings import ROOT

BUILD = ROOT / ".aws-sam/build"
_CACHE = ROOT / ".aws-sam/cache"
_STAMP = ROOT / ".aws-sam/kasir.json"


def build(*, for_lambda: bool) -> str:
    """Have everything built from the sources as they are; the digest of what is built.

    `for_lambda` asks for wheels that run on Lambda even where this machine could not run them itself. Raises Problem
    when the build fails.
    """
    # Elsewhere than on Lambda's own platform, a local run needs the dependencies of the machine that it is on.
    native = not for_lambda and (platform.system(), platform.machine()) != ("Linux", "x86_64")
    with exclusive(ROOT / ".aws-sam/lock"):
        wanted = {"layers": f"{digest(_layer_sources())} {native=}", "code": digest(_sources())}
        if _STAMP.exists() and json.loads(_STAMP.read_text()) == wanted:
            return _digest(wanted)
        if not _STAMP.exists() or json.loads(_STAMP.read_text()).get("layers") != wanted["layers"]:
            # SAM looks for changes in a layer's folder only, and would miss those of what its Makefile reads elsewhere.
            shutil.rmtree(_CACHE, ignore_errors=True)
        _STAMP.unlink(missing_ok=True)
        with step("Building the functions and their layer"):
            run(
                [environments.python("sam").with_name("sam"), "build"],
                log=ROOT / ".local/logs/build.log",
                env=_env(native),
            )
            _finish()
        _STAMP.write_text(json.dumps(wanted))
    return _digest(wanted)


def _env(native: bool) -> dict[str, str]:
    # SAM and the layer's Makefile take the first python3.13: this must be the one that pip is installed for.
    path = f"{environments.python('dev').parent}{os.pathsep}{os.environ['PATH']}"
    return {**os.environ, "PATH": path, "SAM_CLI_TELEMETRY": "0", **({"WHEELS": ""} if native else {})}


def _layer_sources() -> Iterator[Path]:
    yield ROOT / "requirements.txt"
    layers = ("layer", "signing", "workbooks", "imports", "parquet", "description")
    for folder in (*(f"infra/{layer}" for layer in layers), "events"):
        yield from (path for path in sorted((ROOT / folder).rglob("*")) if path.is_file())


def _sources() -> Iterator[Path]:
    yield ROOT / "template.yaml"
    yield ROOT / "samconfig.toml"
    yield Path(__file__)
    yield from (ROOT / "infra").glob("*.yaml")
    for path in (ROOT / "functions").rglob("*"):
        if path.is_file() and path.suffix != ".pyc" and not _is_hidden(path.relative_to(ROOT)):
            yield path


def _is_hidden(path: Path) -> bool:
    """Whether it is a tool's, as .ruff_cache is, which its own run in functions/ leaves there."""
    return any(part.startswith(".") for part in path.parts)


def _finish() -> None:
    """Put bytecode beside each source file of each function, and drop what is none of ours.

    It is never checked against the source (unchecked-hash): Lambda's file system is read-only and packing changes the
    files' times, so that bytecode of any other kind would be thrown away at every cold start. All functions are copies
    of the same folder: what one has, the others need not compile again.
    """
    compiled: dict[tuple[Path, bytes], str] = {}
    for function in BUILD.iterdir():
        if (function / "python").exists() or not function.is_dir():
            continue  # a layer, which its Makefile completes, or a template
        for hidden in function.glob(".*"):
            shutil.rmtree(hidden)
        for source in function.rglob("*.py"):
            name, target = source.relative_to(function), cache_from_source(source)
            content = source.read_bytes()
            if (name, content) in compiled:
                Path(target).parent.mkdir(exist_ok=True)
                shutil.copyfile(compiled[name, content], target)
                continue
            py_compile.compile(
                str(source),
                cfile=target,
                dfile=f"/var/task/{name}",  # what tracebacks show: Lambda's path, the same in every build
                doraise=True,
                invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
            )
            compiled[name, content] = target


def _digest(stamp: dict[str, str]) -> str:
    return f"{stamp['layers']} {stamp['code']}"
