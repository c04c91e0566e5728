"""What failed by our own fault is given back to the sender"""

from typing import Any

import pytest

from infra.redrive import redrive
from pos import aws
from tests.unit.webhooks.line import Line, Receiver


def url(name: str) -> str:
    return aws.sqs().get_queue_url(QueueName=f"test-{name}")["QueueUrl"]


def bodies(name: str) -> list[str]:
    found: Any = aws.sqs().receive_message(QueueUrl=url(name), MaxNumberOfMessages=10, WaitTimeSeconds=0)
    return sorted(message["Body"] for message in found.get("Messages", []))


def test_each_message_is_moved_once(line: Line, receiver: Receiver) -> None:
    for n in range(12):
        aws.sqs().send_message(QueueUrl=url("deliveries-dead"), MessageBody=str(n), MessageGroupId="whe_1")

    assert redrive("test") == 12
    assert bodies("deliveries-dead") == []
    assert sorted([*bodies("deliveries"), *bodies("deliveries")]) == sorted(map(str, range(12)))
    assert redrive("test") == 0


def test_one_that_breaks_off_loses_nothing(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    aws.sqs().send_message(QueueUrl=url("deliveries-dead"), MessageBody="one", MessageGroupId="whe_1")
    with monkeypatch.context() as patch:
        patch.setattr("botocore.client.BaseClient._make_api_call", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            redrive("test")
    assert redrive("test") == 1
    assert bodies("deliveries") == ["one"]
