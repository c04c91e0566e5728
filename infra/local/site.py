"""The front end (ui/): its packages, its build, its own scripts, and serving it beside the emulator."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from infra.local import environments
from infra.local.background import Program
from infra.local.files import digest, exclusive
from infra.local.progress import Problem, run, step
from infra.local.settings import ROOT, Settings

UI = ROOT / "ui"
DIST = UI / "dist"
_MODULES = UI / "node_modules"
_STAMP = _MODULES / "kasir.json"  # inside, so that it goes when they go
_LOCK = ROOT / ".local/ui.lock"
_SERVER = Path(__file__).with_name("serve_site.py")


def build() -> None:
    """Have ui/dist built from the sources as they are. Raises Problem when that fails."""
    with exclusive(_LOCK):
        _prepare()
        wanted = digest(_sources())
        if _noted().get("built") == wanted and DIST.exists():
            return
        with step("Building the register and the back office"):
            run([_npm(), "run", "build"], log=ROOT / ".local/logs/ui-build.log", env=_env(), folder=UI)
        _note(built=wanted)


def run_script(name: str, settings: Settings) -> None:
    """Run a script of ui/package.json, which finds the local stack in KASIR_STACK. Raises Problem when it fails."""
    with exclusive(_LOCK):
        _prepare()
    env = {**_env(), "KASIR_STACK": str(settings.stack_file), "KASIR_PYTHON": sys.executable}
    if subprocess.run([_npm(), "run", "--silent", name], cwd=UI, env=env).returncode:
        raise Problem(f"The front end's `{name}` failed; what it said is above.")


def serve(settings: Settings, api_url: str) -> None:
    """Serve ui/dist on its port, with what is at `api_url` under the same origin, as CloudFront does on AWS."""
    program = _program(settings)
    program.stop()
    program.start(
        [sys.executable, _SERVER, str(settings.ui_port), DIST, api_url],
        environment=os.environ,
        folder=ROOT,
        ready_url=f"{settings.ui_url}/manifest.webmanifest",
        facts={"port": settings.ui_port},
    )


def stop(settings: Settings) -> None:
    """Stop serving, if it is served."""
    _program(settings).stop()


def _program(settings: Settings) -> Program:
    return Program("The front end's server", settings.ui_file, settings.log("ui"))


def _prepare() -> None:
    """Have the packages of the lock file, and the API's description, of which the front end's types are made."""
    packages = digest([UI / "package.json", UI / "package-lock.json"])
    if _noted().get("packages") != packages:
        with step("Installing what the front end is made with"):
            run([_npm(), "ci"], log=ROOT / ".local/logs/npm.log", env=_env(), folder=UI)
        _note(packages=packages)
    run(
        [sys.executable, "-m", "infra.local.openapi", UI / "src/api/openapi.json"],
        log=ROOT / ".local/logs/openapi.log",
        env={**os.environ, "PYTHONPATH": str(ROOT / "functions")},
        folder=ROOT,
    )


def _sources() -> Iterator[Path]:
    """What the build is made of, but for the types, which it makes itself of the API's description."""
    for path in UI.iterdir():
        if path.is_file():
            yield path
    for folder in ("src", "public", "office"):
        yield from (path for path in (UI / folder).rglob("*") if path.is_file() and path.name != "schema.d.ts")


def _noted() -> dict[str, str]:
    noted: dict[str, str] = json.loads(_STAMP.read_text()) if _STAMP.exists() else {}
    return noted


def _note(**facts: str) -> None:
    _STAMP.write_text(json.dumps(_noted() | facts))


def _npm() -> Path:
    return environments.python("node").with_name("npm")


def _env() -> dict[str, str]:
    path = f"{environments.python('node').parent}{os.pathsep}{os.environ['PATH']}"
    return {**os.environ, "PATH": path, "npm_config_update_notifier": "false"}
