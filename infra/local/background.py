"""Programs that go on running when the command that started them has ended."""

import contextlib
import fcntl
import json
import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import urllib3

from infra.local.progress import Problem

_START_SECONDS = 60
_STOP_SECONDS = 120  # MiniStack writes all of its state, which may be large, before it ends

# Those that this very process has started and has to take leave of; mostly a program is stopped by a later one.
_started: dict[int, subprocess.Popen[bytes]] = {}


@dataclass(frozen=True, slots=True)
class Program:
    """One program in the background. `file` tells its process, and is locked for as long as it lives, however it ends;
    `name` is what a person calls it, and what it says goes to `log`.
    """

    name: str
    file: Path
    log: Path

    def running(self) -> bool:
        """Whether it runs."""
        return self._pid() is not None

    def start(
        self,
        command: Sequence[str | Path],
        *,
        environment: Mapping[str, str],
        folder: Path,
        ready_url: str,
        facts: Mapping[str, Any],
    ) -> None:
        """Start it, which must not be running, and wait until `ready_url` answers 200; `facts` go into its file.

        Raises Problem, with the end of what it said, when it does not come up.
        """
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.file.open("a+") as lock, self.log.open("w") as output:
            fcntl.flock(lock, fcntl.LOCK_EX)
            process = subprocess.Popen(
                command,
                env=environment,
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                pass_fds=[lock.fileno()],
            )
            lock.truncate(0)
            lock.write(json.dumps({"pid": process.pid, **facts}))
        _started[process.pid] = process
        self._wait_until_ready(ready_url, process)

    def stop(self) -> None:
        """End it by SIGTERM, if it runs. Raises Problem if it does not end."""
        pid = self._pid()
        if pid is None:
            return
        os.kill(pid, signal.SIGTERM)
        deadline = time.monotonic() + _STOP_SECONDS
        while self.running():
            if time.monotonic() > deadline:
                raise Problem(f"{self.name} (process {pid}) does not end; see {self.log}")
            time.sleep(0.05)
        if process := _started.pop(pid, None):
            process.wait()

    def _wait_until_ready(self, ready_url: str, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline and process.poll() is None:
            with contextlib.suppress(urllib3.exceptions.HTTPError):  # it does not listen yet
                if urllib3.request("GET", ready_url, timeout=1, retries=False).status == 200:
                    return
            time.sleep(0.05)
        process.terminate()
        end = "\n".join(self.log.read_text(errors="replace").splitlines()[-20:])
        raise Problem(f"{end}\n\n{self.name} did not come up; everything it said is in {self.log}")

    def _pid(self) -> int | None:
        """Its process; None if none runs: then nobody holds the lock, whatever the file says."""
        if not self.file.exists():
            return None
        with self.file.open() as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                pid: int = json.load(lock)["pid"]
                return pid
        return None
