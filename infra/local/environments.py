"""Virtual environments, each made anew when its pinned requirements change. Needs nothing but Python 3.13 itself.

    python3.13 -m infra.local.environments sam ministack

The SAM CLI and MiniStack pin versions that differ from ours, so each has an environment of its own. Node.js comes as a
wheel as well, so that the front end is built with the same version everywhere.
"""

import hashlib
import sys
import venv
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from infra.local.files import exclusive
from infra.local.progress import Problem, run, step

_ROOT = Path(__file__).resolve().parents[2]

REQUIREMENTS = {
    "dev": _ROOT / "requirements.txt",
    "sam": _ROOT / "infra/local/sam.txt",
    "ministack": _ROOT / "infra/local/ministack.txt",
    "node": _ROOT / "infra/local/node.txt",
}

_TITLES = {
    "dev": "what Kasir is made with",
    "sam": "the SAM CLI",
    "ministack": "MiniStack",
    "node": "Node.js",
}


def folder(name: str) -> Path:
    """Where an environment lives: .venv is the developer's own, where editors look for it."""
    return _ROOT / (".venv" if name == "dev" else f".venv-{name}")


def python(name: str) -> Path:
    """An environment's interpreter."""
    return folder(name) / "bin/python"


def emulator_packages() -> Path:
    """Where MiniStack and what it needs is installed.

    Not in its environment's site-packages: the emulator runs our functions on its own interpreter, and what it can
    import they could import too, so that a dependency missing from our layer would go unnoticed until AWS.
    """
    return folder("ministack") / "packages"


def ensure(names: Sequence[str]) -> None:
    """Have these environments exist as pinned. Raises Problem when an installation fails."""
    (_ROOT / ".local").mkdir(exist_ok=True)
    with exclusive(_ROOT / ".local/environments.lock"):
        # The developer's own in any case, and first: it is its pip that installs all of them.
        stale = [name for name in sorted({"dev", *names}) if _stamp(name) != _pins(name)]
        if not stale:
            return
        for name in stale:
            if folder(name).is_symlink():
                raise Problem(f"{folder(name)} is a link to an environment with other pins: bring that up to date.")
        with step(f"Installing {', '.join(_TITLES[name] for name in stale)}"), ThreadPoolExecutor() as pool:
            for name in stale:
                # The stamp goes with the rest, so that an installation that was interrupted starts over.
                venv.EnvBuilder(clear=True, with_pip=name == "dev", symlinks=True).create(folder(name))
            list(pool.map(_install, stale))


def _install(name: str) -> None:
    pins = REQUIREMENTS[name]
    command: list[str | Path] = [python("dev"), "-m", "pip", "--python", python(name), "install", "--requirement", pins]
    # Compiling everything would take longer than all the rest; Python compiles what is used when it is.
    command += ["--no-compile"]
    if name == "ministack":
        command += ["--target", emulator_packages()]
    run(command, log=_ROOT / ".local/logs" / f"pip-{name}.log")
    _stamp_file(name).write_text(_pins(name))


def _pins(name: str) -> str:
    return f"{hashlib.sha256(REQUIREMENTS[name].read_bytes()).hexdigest()} {sys.version}"


def _stamp_file(name: str) -> Path:
    return folder(name) / "pins.txt"


def _stamp(name: str) -> str | None:
    return _stamp_file(name).read_text() if _stamp_file(name).exists() and python(name).exists() else None


if __name__ == "__main__":
    try:
        ensure(sys.argv[1:])
    except Problem as problem:
        sys.exit(str(problem))
