"""Where a local stack lives. Two settings make a second one beside the first, as the test suite does."""

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from infra.local.progress import Problem

ROOT = Path(__file__).resolve().parents[2]

# What `sam local` resolves AWS::StackName to: so `sam local invoke` and the deployed functions see the same tables.
STACK_NAME = "local"

# The credentials and the region of the emulator; it checks neither. us-east-1 is also what `sam local` assumes.
AWS_ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "local",
    "AWS_SECRET_ACCESS_KEY": "local",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_REGION": "us-east-1",
}


@dataclass(frozen=True, slots=True)
class Settings:
    """`folder` holds the state, the logs and stack.json of this local stack; `port` is the emulator's on 127.0.0.1, and
    `ui_port` the front end's.
    """

    folder: Path
    port: int
    ui_port: int = 5566

    @classmethod
    def from_environment(cls) -> Self:
        """KASIR_LOCAL_DIR, else .local; PORT, else this stack's own or 4566; UI_PORT, else 1000 above PORT.

        Raises Problem on an impossible port, and on one that the stack's data is not made for.
        """
        folder = ROOT / (os.environ.get("KASIR_LOCAL_DIR") or ".local")
        own = recorded_port(folder)
        port = _port("PORT", own or 4566)
        if own is not None and port != own:
            raise Problem(f"This stack's data is bound to port {own}: leave PORT out, or `make reset` first.")
        # far from the ports that stacks side by side have, and below 65536 for every one of them
        return cls(folder, port, _port("UI_PORT", port + 1000 if port < 64000 else port - 1000))

    @property
    def endpoint_url(self) -> str:
        """Where the embedded AWS answers."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def ui_url(self) -> str:
        """Where the front end answers, and the API under the same origin."""
        return f"http://127.0.0.1:{self.ui_port}"

    @property
    def ui_file(self) -> Path:
        """The process that serves the front end, and the lock that it holds while it runs."""
        return self.folder / "ui.json"

    @property
    def emulator_file(self) -> Path:
        """The process and the port of the emulator, and the lock that it holds while it runs."""
        return self.folder / "emulator.json"

    @property
    def stack_file(self) -> Path:
        """What this stack is and how to reach it: written by `up`, read by tests, demo and benchmarks."""
        return self.folder / "stack.json"

    def log(self, name: str) -> Path:
        """The file that this program's output goes to."""
        return self.folder / "logs" / f"{name}.log"


def _port(name: str, default: int) -> int:
    port = os.environ.get(name) or str(default)
    if not port.isdecimal() or not 0 < int(port) < 65536:
        raise Problem(f"{name} must be a number from 1 to 65535, not {port!r}")
    return int(port)


def recorded_port(folder: Path) -> int | None:
    """The port that a stack was first brought up on; its data has URLs with it. None where there is no stack yet."""
    try:
        port: int = json.loads((folder / "emulator.json").read_text())["port"]
    except FileNotFoundError:
        return None
    return port
