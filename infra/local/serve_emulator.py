"""Runs MiniStack, in an interpreter that cannot import it by itself (infra.local.environments says why).

python -P serve_emulator.py FOLDER_OF_ITS_PACKAGES
"""

import copy
import hashlib
import re
import sys
import tempfile
import threading
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Self


def keep_streams() -> None:
    """Make stream records part of the saved state.

    MiniStack 1.5.33 saves how far each event source mapping has read its stream but not the stream: after a restart a
    mapping waits until as many new records have gone by as it had read before, and those records are lost, as are the
    ones it had not read. Without this, tests/stack/test_emulator_facts.py fails where it restarts the emulator.
    """
    from ministack.services import dynamodb

    save, load = dynamodb.get_state, dynamodb.load_persisted_state

    def get_state() -> dict[str, Any]:
        return {
            **save(),
            "stream_records": copy.deepcopy(dynamodb._stream_records),
            "stream_trimmed": copy.deepcopy(dynamodb._stream_trimmed),
            "stream_sequence": dynamodb._stream_seq_counter,
        }

    def load_persisted_state(state: dict[str, Any]) -> None:
        dynamodb._stream_records.update(state["stream_records"])
        dynamodb._stream_trimmed.update(state["stream_trimmed"])
        dynamodb._stream_seq_counter = state["stream_sequence"]
        load(state)

    dynamodb.get_state, dynamodb.load_persisted_state = get_state, load_persisted_state


def keep_attributes() -> None:
    """Let what a nested stack leaves as it is keep its attributes when something else in the stack changes.

    MiniStack 1.5.33 forgets them, so that an output such as a role's ARN or a table's stream has nothing to name, and a
    release that adds a table could not be deployed over an earlier one. Without this,
    tests/stack/test_emulator_facts.py fails where it changes a nested stack.
    """
    from ministack.services.cloudformation import _stacks, provisioners

    update = provisioners._update_resource

    def update_resource(
        resource_type: str,
        physical_id: str,
        old: dict[str, Any],
        new: dict[str, Any],
        stack: str,
        logical_id: str | None = None,
        attributes: dict[str, Any] | None = None,
    ) -> tuple[str, dict[str, Any]]:
        if attributes is None:
            attributes = _stacks[stack]["_resources"].get(logical_id, {}).get("Attributes")
        updated: tuple[str, dict[str, Any]] = update(
            resource_type, physical_id, old, new, stack, logical_id, attributes
        )
        return updated

    provisioners._update_resource = update_resource


class UnpackedOnce:
    """What a worker takes for a `zipfile.ZipFile`: it gets a link to one copy that all workers share.

    On Lambda code and layers are read-only, so nobody can tell.
    """

    _folder = Path(tempfile.gettempdir()) / "unpacked"  # emulator.start empties it
    _lock = threading.Lock()

    def __init__(self, archive: str) -> None:
        self._archive = Path(archive)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def namelist(self) -> list[str]:
        """Nothing: the worker looks for names that lead out of its folder, and `ZipFile.extractall` follows none."""
        return []

    def extractall(self, target: str) -> None:
        with self._archive.open("rb") as archive:
            unpacked = self._folder / hashlib.file_digest(archive, "sha256").hexdigest()
        with self._lock:
            if not unpacked.exists():
                unfinished = unpacked.with_suffix(".unfinished")
                with zipfile.ZipFile(self._archive) as content:
                    content.extractall(unfinished)
                unfinished.rename(unpacked)
        Path(target).rmdir()
        Path(target).symlink_to(unpacked)


def unpack_once() -> None:
    """Unpack code and layers once, not at every cold start.

    MiniStack 1.5.33 does it anew for each worker, a second of Python each and one after the other: of 32 clients at
    once, the last would wait for half a minute.
    """
    from ministack.core import lambda_runtime

    lambda_runtime.zipfile = SimpleNamespace(
        ZipFile=UnpackedOnce, BadZipFile=zipfile.BadZipFile, LargeFileError=zipfile.LargeZipFile
    )


_KEY_CONDITION = re.compile(r"(#\w+) = (:\w+)(?: AND (#\w+) BETWEEN (:\w+) AND (:\w+))?")
"""The form that our queries have (pos.dynamo.query)."""

type Item = Mapping[str, Mapping[str, Any]]


def read_key_conditions_once() -> None:
    """Read the key condition of a query once, not again for each item of its partition.

    MiniStack 1.5.33 takes 40 microseconds an item to read it, a second for 20,000 products whatever the limit: a shop
    of 68,000 could not list them in the time that functions wait for an answer.
    """
    from ministack.services import dynamodb

    evaluate = dynamodb._evaluate_condition
    latest = threading.local()

    def evaluate_condition(
        expression: str, item: Item, values: Item, names: Mapping[str, str], slot: str = "ConditionExpression"
    ) -> bool:
        if slot != "KeyConditionExpression":
            return bool(evaluate(expression, item, values, names, slot))
        query = (expression, values, names)
        if not all(one is other for one, other in zip(query, getattr(latest, "query", (None,) * 3), strict=True)):
            latest.query, latest.holds = query, key_condition(*query)
        return latest.holds(item) if latest.holds else bool(evaluate(expression, item, values, names, slot))

    dynamodb._evaluate_condition = evaluate_condition


def key_condition(expression: str, values: Item, names: Mapping[str, str]) -> Callable[[Item], bool] | None:
    """Whether an item meets this key condition, as a function; None if it is of another form, or not about strings."""
    form = _KEY_CONDITION.fullmatch(expression)
    if form is None:
        return None
    pk, is_, sk, low, high = (names.get(part) or values.get(part, {}).get("S") for part in form.groups(""))
    if pk is None or is_ is None:
        return None
    if form[3] is None:
        return lambda item: item[pk].get("S") == is_
    if sk is None or low is None or high is None:
        return None
    return lambda item: item[pk].get("S") == is_ and low <= item[sk].get("S", "") <= high


if __name__ == "__main__":
    sys.path.append(sys.argv.pop(1))
    keep_streams()
    keep_attributes()
    unpack_once()
    read_key_conditions_once()
    from ministack.app import main

    main()
