"""What a person sees while something takes its time, and how they learn what went wrong."""

import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

_LINES_OF_A_FAILURE = 40


class Problem(Exception):
    """Something that the person at the keyboard can put right; the message says how. Shown without a traceback."""


@contextmanager
def step(title: str) -> Iterator[None]:
    """Show the title while the block runs, with the seconds so far on a terminal, and how long it took at the end."""
    started = time.monotonic()
    ended = threading.Event()
    back = "\r" if sys.stdout.isatty() else ""

    def show(end: str) -> None:
        print(f"{back}{f'{title} … ' if back else ''}{time.monotonic() - started:.1f} s", end=end, flush=True)

    def tick() -> None:
        while not ended.wait(1):
            show("")

    print(f"{title} … ", end="", flush=True)
    ticker = threading.Thread(target=tick, daemon=True)
    if back:
        ticker.start()
    try:
        yield
    finally:
        ended.set()
        if back:
            ticker.join()
        show("\n")


def run(
    command: Sequence[str | Path], *, log: Path, env: Mapping[str, str] | None = None, folder: Path | None = None
) -> None:
    """Run a program with its output in the log file. Raises Problem, with the output's end, when it fails."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("w") as output:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, env=env, cwd=folder
        )
    if done.returncode:
        end = "\n".join(log.read_text(errors="replace").splitlines()[-_LINES_OF_A_FAILURE:])
        raise Problem(f"{end}\n\n{Path(command[0]).name} failed; everything it said is in {log}")
