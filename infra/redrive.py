"""Gives the deliveries in the dead-letter queue back to the sender (`python -m infra.redrive STACK`), once the fault is
mended.

A message there means a fault of ours. Each is sent to the queue of deliveries, then deleted: if that breaks off between
the two, it is in both, and a delivery that is settled by then is not sent again. What is no job comes back for ever: so
only those messages are moved that were there when it began. (SQS's own redrive does the same on AWS; the local stack
has none.)
"""

import sys

import boto3

_AT_ONCE = 10


def redrive(stack_name: str) -> int:
    """Move what is in the stack's dead-letter queue back, once; how many messages that were."""
    sqs = boto3.client("sqs")
    dead, live = (
        sqs.get_queue_url(QueueName=f"{stack_name}-{name}")["QueueUrl"] for name in ("deliveries-dead", "deliveries")
    )
    moved: set[str] = set()
    while True:
        taken = sqs.receive_message(
            QueueUrl=dead,
            MaxNumberOfMessages=_AT_ONCE,
            WaitTimeSeconds=1,
            MessageSystemAttributeNames=["MessageGroupId"],
        ).get("Messages", [])
        new = [message for message in taken if message["MessageId"] not in moved]
        if not new:
            return len(moved)
        for message in new:
            group = message.get("Attributes", {}).get("MessageGroupId")
            fair = {"MessageGroupId": group} if group else {}
            sqs.send_message(QueueUrl=live, MessageBody=message["Body"], **fair)  # type: ignore[arg-type]
            sqs.delete_message(QueueUrl=dead, ReceiptHandle=message["ReceiptHandle"])
            moved.add(message["MessageId"])


def main() -> None:
    """Redrive the stack that is named, in the account and region of the environment."""
    if len(sys.argv) != 2:
        sys.exit("usage: python -m infra.redrive STACK")
    print(f"{redrive(sys.argv[1])} messages moved back")


if __name__ == "__main__":
    main()
