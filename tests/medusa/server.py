"""A real Medusa v2 to try the connector on: installed from npm, with a PostgreSQL of its own.

`python -m tests.medusa.server up|down|reset` from the project's folder. All it has is in .local/medusa; it listens on
127.0.0.1 only. It needs Node 20 and PostgreSQL (Debian: apt install postgresql); root is not needed, and as root the
database runs as the user `postgres`, for it refuses root.
"""

import json
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import urllib3

from infra.local.settings import ROOT
from tests.stack.support import free_port

HERE = Path(__file__).parent
FOLDER = ROOT / ".local" / "medusa"
_DATA = FOLDER / "database"
_SECONDS = 300
_EMAIL = "owner@example.com"

type Json = dict[str, Any]


class ServerTrouble(Exception):
    """What was to be installed or started did not work; the files it names say why."""


@dataclass(frozen=True, slots=True)
class Server:
    """A running Medusa: its address, and a secret API key of an administrator."""

    url: str
    api_key: str


@dataclass(frozen=True, slots=True)
class _Settings:
    port: int
    database_port: int
    secret: str
    password: str

    @property
    def database_url(self) -> str:
        return f"postgres://medusa:{self.password}@127.0.0.1:{self.database_port}/medusa"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


def up() -> Server:
    """Install what is missing, start what is not running, and make an administrator's key once."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    settings = _settings()
    _install()
    _start_database(settings)
    prepared = FOLDER / "key.json"
    if not prepared.exists():
        _medusa(settings, "db:migrate", "--skip-links", "--skip-scripts")
        _medusa(settings, "db:sync-links", "--execute-all")
        _medusa(settings, "user", "-e", _EMAIL, "-p", settings.password)
    start(settings)
    if not prepared.exists():
        prepared.write_text(json.dumps({"api_key": _api_key(settings)}))
    return Server(settings.url, json.loads(prepared.read_text())["api_key"])


def start(settings: "_Settings | None" = None) -> None:
    """Start Medusa, if it does not run, and wait until it answers."""
    settings = settings or _settings()
    if _answers(settings):
        return
    with (FOLDER / "medusa.log").open("ab") as log:
        process = subprocess.Popen(
            [_found("npx"), "medusa", "start", "--host", "127.0.0.1", "--port", str(settings.port)],
            cwd=FOLDER,
            env=_environment(settings),
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    (FOLDER / "medusa.pid").write_text(str(process.pid))
    until = time.monotonic() + _SECONDS
    while not _answers(settings):
        if process.poll() is not None or time.monotonic() > until:
            raise ServerTrouble(f"Medusa does not start: see {FOLDER / 'medusa.log'}")
        time.sleep(0.5)


def stop() -> None:
    """Stop Medusa; its database goes on."""
    pid_file = FOLDER / "medusa.pid"
    if not pid_file.exists():
        return
    pid = int(pid_file.read_text())
    try:
        os.killpg(pid, signal.SIGTERM)
        for _ in range(100):
            os.killpg(pid, 0)
            _reap(pid)
            time.sleep(0.1)
        os.killpg(pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    pid_file.unlink()


def down() -> None:
    """Stop Medusa and its database; what they have stays."""
    stop()
    if (_DATA / "postmaster.pid").exists():
        _postgres("pg_ctl", "-D", str(_DATA), "-m", "fast", "-w", "stop")


def reset() -> None:
    """Stop both and forget what they have; what is installed stays."""
    down()
    shutil.rmtree(_DATA, ignore_errors=True)
    for name in ("key.json", "settings.json", "medusa.log"):
        (FOLDER / name).unlink(missing_ok=True)


def _settings() -> _Settings:
    path = FOLDER / "settings.json"
    if not path.exists():
        made = {
            "port": free_port(),
            "database_port": free_port(),
            "secret": secrets.token_hex(16),
            "password": secrets.token_hex(16),
        }
        path.write_text(json.dumps(made))
        path.chmod(0o600)
    return _Settings(**json.loads(path.read_text()))


def _install() -> None:
    wanted = (HERE / "package.json").read_bytes()
    installed = FOLDER / "package.json"
    shutil.copy(HERE / "medusa-config.js", FOLDER)
    if (
        installed.exists()
        and installed.read_bytes() == wanted
        and (FOLDER / "node_modules" / ".bin" / "medusa").exists()
    ):
        return
    installed.write_bytes(wanted)
    _run([_found("npm"), "install", "--no-audit", "--no-fund", "--omit=dev", "--legacy-peer-deps"], dict(os.environ))


def _start_database(settings: _Settings) -> None:
    if not (_DATA / "PG_VERSION").exists():
        _DATA.mkdir(exist_ok=True)
        if os.geteuid() == 0:
            shutil.chown(_DATA, "postgres")
        password = FOLDER / "password"
        password.write_text(settings.password)
        if os.geteuid() == 0:
            shutil.chown(password, "postgres")
        _postgres(
            "initdb", "-D", str(_DATA), "-U", "medusa", "-A", "scram-sha-256", f"--pwfile={password}", "-E", "UTF8"
        )
        password.unlink()
    if not _database_runs():
        options = f"-c listen_addresses=127.0.0.1 -p {settings.database_port} -k {_DATA} -c fsync=off"
        _postgres("pg_ctl", "-D", str(_DATA), "-l", str(_DATA / "log"), "-w", "-o", options, "start")
    environment = os.environ | {"PGPASSWORD": settings.password}
    address = ["-h", "127.0.0.1", "-p", str(settings.database_port), "-U", "medusa"]
    asking = [_found("psql"), *address, "-d", "medusa", "-c", "SELECT 1"]
    there = subprocess.run(asking, env=environment, capture_output=True)
    if there.returncode != 0:
        _run([str(_program("createdb")), *address, "medusa"], environment)


def _database_runs() -> bool:
    try:
        _postgres("pg_ctl", "-D", str(_DATA), "status")
    except ServerTrouble:
        return False
    return True


def _postgres(program: str, *arguments: str) -> None:
    as_user: Json = {}
    if os.geteuid() == 0:
        user = pwd.getpwnam("postgres")
        as_user = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    _run([str(_program(program)), *arguments], dict(os.environ), **as_user)


def _program(name: str) -> Path:
    """The newest PostgreSQL's program of this name; Debian keeps them out of PATH."""
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}")) or [Path(shutil.which(name) or name)]
    return found[-1]


def _found(name: str) -> str:
    """A program in PATH."""
    found = shutil.which(name)
    if found is None:
        raise ServerTrouble(f"{name} is not installed")
    return found


def _medusa(settings: _Settings, *arguments: str) -> None:
    _run([_found("npx"), "medusa", *arguments], _environment(settings))


def _environment(settings: _Settings) -> dict[str, str]:
    return os.environ | {
        "DATABASE_URL": settings.database_url,
        "MEDUSA_SECRET": settings.secret,
        "NODE_ENV": "production",
        "MEDUSA_DISABLE_TELEMETRY": "true",
        "NODE_OPTIONS": "--max-old-space-size=1400",
    }


def _run(command: list[str], environment: dict[str, str], **more: Any) -> None:
    log = FOLDER / "setup.log"
    with log.open("ab") as output:
        # pg_ctl's server inherits what it writes to, so that must be a file
        done = subprocess.run(command, cwd=FOLDER, env=environment, stdout=output, stderr=subprocess.STDOUT, **more)
    if done.returncode != 0:
        raise ServerTrouble(f"{' '.join(command)} failed: see {log}")


def _answers(settings: _Settings) -> bool:
    try:
        return urllib3.request("GET", f"{settings.url}/health", timeout=2, retries=False).status == 200
    except urllib3.exceptions.HTTPError:
        return False


def _api_key(settings: _Settings) -> str:
    credentials = {"email": _EMAIL, "password": settings.password}
    token = urllib3.request("POST", f"{settings.url}/auth/user/emailpass", json=credentials, timeout=60).json()["token"]
    wanted = {"title": "Kasir", "type": "secret"}
    headers = {"authorization": f"Bearer {token}"}
    made = urllib3.request("POST", f"{settings.url}/admin/api-keys", json=wanted, headers=headers, timeout=60).json()
    key: str = made["api_key"]["token"]
    return key


def _reap(pid: int) -> None:
    try:
        os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        return  # another process started it


if __name__ == "__main__":
    command = {"up": up, "down": down, "reset": reset}[sys.argv[1]]
    sys.stdout.write(f"{command()}\n")
