"""Runs MiniStack, in an interpreter that cannot import it by itself (infra.local.environments says why).

python -P serve_emulator.py FOLDER_OF_ITS_PACKAGES
"""

import copy
import sys
from typing import Any


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


if __name__ == "__main__":
    sys.path.append(sys.argv.pop(1))
    keep_streams()
    keep_attributes()
    from ministack.app import main

    main()
