"""MiniStack, the embedded AWS: started in the background, stopped so that it saves its state."""

import contextlib
import fcntl
import json
import os
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

import urllib3

from infra.local import environments
from infra.local.progress import Problem
from infra.local.settings import AWS_ENVIRONMENT, Settings

_SERVER = Path(__file__).with_name("serve_emulator.py")
_START_SECONDS = 60
_STOP_SECONDS = 120  # it writes all of its state, which may be large, before it ends

# Those that this very process has started and has to take leave of; mostly an emulator is stopped by a later one.
_started: dict[int, subprocess.Popen[bytes]] = {}


def running(settings: Settings) -> bool:
    """Whether this stack's emulator runs."""
    return _pid(settings) is not None


def start(settings: Settings) -> None:
    """Start this stack's emulator, which must not be running.

    Raises Problem when the port is taken or the emulator does not come up.
    """
    _check_port_is_free(settings.port)
    _empty(_temporary_folder(settings))
    log = settings.log("emulator")
    log.parent.mkdir(parents=True, exist_ok=True)
    with settings.emulator_file.open("a+") as lock, log.open("w") as output:
        fcntl.flock(lock, fcntl.LOCK_EX)
        process = subprocess.Popen(
            [environments.python("ministack"), "-P", _SERVER, environments.emulator_packages()],
            env=_environment(settings),
            cwd=_temporary_folder(settings),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            pass_fds=[lock.fileno()],  # the lock is held for as long as the emulator lives, however it ends
        )
        lock.truncate(0)
        lock.write(json.dumps({"pid": process.pid, "port": settings.port}))
    _started[process.pid] = process
    _wait_until_ready(settings, process)


def stop(settings: Settings) -> None:
    """End this stack's emulator, if it runs, with its state saved. Raises Problem if it does not end."""
    pid = _pid(settings)
    if pid is None:
        return
    # Only a clean end saves the state: this never becomes a SIGKILL.
    os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + _STOP_SECONDS
    while running(settings):
        if time.monotonic() > deadline:
            raise Problem(f"MiniStack (process {pid}) does not end; see {settings.log('emulator')}")
        time.sleep(0.05)
    if process := _started.pop(pid, None):
        process.wait()
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
        # Each worker unpacks its own copy of code and layer here, and nobody else cleans up.
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


def _wait_until_ready(settings: Settings, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(urllib3.exceptions.HTTPError):  # it does not listen yet
            if (
                urllib3.request("GET", f"{settings.endpoint_url}/_ministack/ready", timeout=1, retries=False).status
                == 200
            ):
                return
        time.sleep(0.05)
    process.terminate()
    end = "\n".join(settings.log("emulator").read_text(errors="replace").splitlines()[-20:])
    raise Problem(f"{end}\n\nMiniStack did not come up; everything it said is in {settings.log('emulator')}")


def _pid(settings: Settings) -> int | None:
    """The running emulator's process; None if none runs: then nobody holds the lock, whatever the file says."""
    if not settings.emulator_file.exists():
        return None
    with settings.emulator_file.open() as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            pid: int = json.load(lock)["pid"]
            return pid
    return None


def _state_folder(settings: Settings) -> Path:
    return settings.folder / "state"


def _objects_folder(settings: Settings) -> Path:
    return settings.folder / "objects"


def _temporary_folder(settings: Settings) -> Path:
    return settings.folder / "tmp"


def _empty(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)
