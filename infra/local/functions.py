"""The deployed functions, by their names in template.yaml: run one, read what they say."""

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from operator import itemgetter
from typing import Any

import boto3

from infra.local.progress import Problem
from infra.local.settings import STACK_NAME

_POLL_SECONDS = 1


def invoke(operation: str, event: Any) -> Any:
    """What the function answers to the event. Raises Problem when there is none of that name, or when it raises."""
    functions = _physical_names()
    if operation not in functions:
        raise Problem(f"There is no function {operation!r}; there are {', '.join(sorted(functions))}")
    answer = boto3.client("lambda").invoke(FunctionName=functions[operation], Payload=json.dumps(event).encode())
    payload = json.loads(answer["Payload"].read())
    if "FunctionError" in answer:
        raise Problem(f"{operation} raised: {json.dumps(payload, indent=2)}")
    return payload


def read_log(*, since: datetime, follow: bool) -> Iterator[str]:
    """What functions have logged since then, oldest first, each line with its time and its function's name.

    With `follow` it goes on for as long as somebody reads.
    """
    shown: set[tuple[int, str]] = set()
    names = {f"/aws/lambda/{physical}": logical for logical, physical in _physical_names().items()}
    start = int(since.timestamp() * 1000)
    while True:
        lines = [line for group in _groups() if group in names for line in _lines(group, names[group], start)]
        for moment, text in sorted(lines, key=itemgetter(0)):  # stable: a function's own order stays
            if (moment, text) not in shown:
                yield f"{datetime.fromtimestamp(moment / 1000, UTC):%H:%M:%S.%f} {text}"
        shown.update(lines)
        if not follow:
            return
        time.sleep(_POLL_SECONDS)


def _physical_names() -> dict[str, str]:
    resources = boto3.client("cloudformation").describe_stack_resources(StackName=STACK_NAME)["StackResources"]
    return {
        resource["LogicalResourceId"]: resource["PhysicalResourceId"]
        for resource in resources
        if resource["ResourceType"] == "AWS::Lambda::Function"
    }


def _groups() -> Iterator[str]:
    for page in boto3.client("logs").get_paginator("describe_log_groups").paginate():
        yield from (group["logGroupName"] for group in page["logGroups"])


def _lines(group: str, name: str, start: int) -> Iterator[tuple[int, str]]:
    pages = boto3.client("logs").get_paginator("filter_log_events").paginate(logGroupName=group, startTime=start)
    for page in pages:
        yield from ((event["timestamp"], f"{name} {event['message'].rstrip()}") for event in page["events"])
