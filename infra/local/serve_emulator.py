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


if __name__ == "__main__":
    sys.path.append(sys.argv.pop(1))
    keep_streams()
    from ministack.app import main

    main()
