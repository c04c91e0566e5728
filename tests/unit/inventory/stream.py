"""The inventory table's stream: what DynamoDB would show, kept while tests write, for moto streams no updates."""

from typing import Any

import boto3
import pytest

from pos import aws

type Record = dict[str, Any]

TABLE = "test-inventory"


def follow(monkeypatch: pytest.MonkeyPatch) -> list[Record]:
    """A list that grows by one record for each item of the inventory that a transaction writes, with its new image."""
    client: Any = aws.dynamodb()
    original = client.transact_write_items
    reader = boto3.client("dynamodb")
    records: list[Record] = []

    def transact(**request: Any) -> Any:
        answer = original(**request)
        writes = [write for item in request["TransactItems"] for write in item.values()]
        for write in (write for write in writes if write["TableName"] == TABLE):
            key = write.get("Key") or {name: write["Item"][name] for name in ("pk", "sk")}
            image = reader.get_item(TableName=TABLE, Key=key)["Item"]
            records.append(record(key, image, len(records)))
        return answer

    monkeypatch.setattr(client, "transact_write_items", transact)
    return records


def record(key: dict[str, Any], image: dict[str, Any], sequence_number: int = 0) -> Record:
    """A record of the stream."""
    return {
        "eventName": "INSERT" if image.get("version") == {"N": "1"} else "MODIFY",
        "eventSource": "aws:dynamodb",
        "dynamodb": {
            "Keys": key,
            "NewImage": image,
            "SequenceNumber": str(sequence_number),
            "StreamViewType": "NEW_IMAGE",
        },
    }
