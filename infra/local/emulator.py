"""MiniStack, the embedded AWS: started in the background, stopped so that it saves its state."""

import os
import shutil
import socket
from pathlib import Path

from infra.local import environments
from infra.local.background import Program
from infra.local.progress import Problem
from infra.local.settings import AWS_ENVIRONMENT, Settings

_SERVER = Path(__file__).with_name("serve_emulator.py")


def running(settings: Settings) -> bool:
    """Whether this stack's emulator runs."""
    return _program(settings).running()


def start(settings: Settings) -> None:
    """Start this stack's emulator, which must not be running.

    Raises Problem when the port is taken or the emulator does not come up.
    """
    _check_port_is_free(settings.port)
    _empty(_temporary_folder(settings))
    _program(settings).start(
        [environments.python("ministack"), "-P", _SERVER, environments.emulator_packages()],
        environment=_environment(settings),
        folder=_temporary_folder(settings),
        ready_url=f"{settings.endpoint_url}/_ministack/ready",
        facts={"port": settings.port},
    )


def stop(settings: Settings) -> None:
    """End this stack's emulator, if it runs, with its state saved. Raises Problem if it does not end."""
    if running(settings):
        _program(settings).stop()  # a clean end, which saves the state: never by SIGKILL
    _empty(_temporary_folder(settings))


def drop_state(settings: Settings) -> None:
    """Forget everything that the stopped emulator has saved."""
    for folder in (_state_folder(settings), _objects_folder(settings)):
        shutil.rmtree(folder, ignore_errors=True)
    settings.emulator_file.unlink(missing_ok=True)


def _environment(settings: Settings) -> dict[str, str]:
    """All that the emulator gets to see, and with it the workers that run our functions."""
    return AWS_ENVIRONMENT | {
        "PATH": os.defpath,
        "HOME": str(settings.folder),
        "LANG": "C.UTF-8",
        "TZ": "UTC",  # as on Lambda
        # Code and layers are unpacked here, and nobody else cleans up.
        "TMPDIR": str(_temporary_folder(settings)),
        # It checks no credentials: nobody else may reach it, unless someone asks for that.
        "BIND_HOST": os.environ.get("BIND_HOST") or "127.0.0.1",
        "GATEWAY_PORT": str(settings.port),
        "LAMBDA_EXECUTOR": "local",  # a process per function; no Docker
        "PERSIST_STATE": "1",
        "STATE_DIR": str(_state_folder(settings)),
        "S3_PERSIST": "1",
        "S3_DATA_DIR": str(_objects_folder(settings)),
        # Listeners that nobody here needs; a second stack could not open the same ports.
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
    }


def _check_port_is_free(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise Problem(
                f"Port {port} on 127.0.0.1 is taken; choose another one, as in: make up PORT={port + 1}"
            ) from error


def _program(settings: Settings) -> Program:
    return Program("MiniStack", settings.emulator_file, settings.log("emulator"))


def _state_folder(settings: Settings) -> Path:
    return settings.folder / "state"


def _objects_folder(settings: Settings) -> Path:
    return settings.folder / "objects"


def _temporary_folder(settings: Settings) -> Path:
    return settings.folder / "tmp"


def _empty(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)
