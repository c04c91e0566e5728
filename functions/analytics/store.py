"""The analytics table.

    state     pk <merchant>#state    sk feed     the page of the feed up to which days are known; until when who works
    day       pk <merchant>#day      sk <day>    `changed`: the page that changed it last, `exported`: as of which page
    member    pk <merchant>#<day>    sk order#<id>, or movement#<level>#<version>    what may have rows on a day

Members are written as the feed tells of them, the same each time. They are never taken away: what a day's export finds
to be on another day by now it leaves out.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

import botocore.exceptions

from pos import aws, dynamo

TABLE = "analytics"
_LEASE = timedelta(seconds=360)
"""Longer than the worker's time limit of 300 s: so no two write files of one merchant."""
_PAGE = 1000


def take(merchant_id: str, now: datetime) -> int | None:
    """Let nobody else work for this merchant for a while; the page of the feed up to which days are known, or None if
    somebody else works.
    """
    found = _update(
        (f"{merchant_id}#state", "feed"),
        "SET busy_until = :until",
        "attribute_not_exists(busy_until) OR busy_until < :now",
        {":until": int((now + _LEASE).timestamp()), ":now": int(now.timestamp())},
    )
    return None if found is None else int(found.get("page", 0))


def give_back(merchant_id: str) -> None:
    """Let others work for this merchant."""
    _update((f"{merchant_id}#state", "feed"), "SET busy_until = :none", None, {":none": 0})


def note(merchant_id: str, members: Iterable[tuple[str, str]], page: int) -> None:
    """Keep what pages of the feed up to this one told of, as (day, member): these days are to be exported."""
    kept = sorted(set(members))
    dynamo.batch_put(TABLE, [{"pk": f"{merchant_id}#{day}", "sk": member} for day, member in kept])
    for day in sorted({day for day, _ in kept}):
        _update(
            (f"{merchant_id}#day", day),
            "SET changed = :page",
            "attribute_not_exists(changed) OR changed < :page",
            {":page": page},
        )
    _update((f"{merchant_id}#state", "feed"), "SET page = :page", None, {":page": page})


def to_export(merchant_id: str) -> list[tuple[str, int, int]]:
    """The days that changed since they were exported: (day, page of the change, number of the next export)."""
    days = _all(f"{merchant_id}#day")
    return [
        (item["sk"], int(item["changed"]), int(item.get("build", 0)) + 1)
        for item in days
        if item["changed"] > item.get("exported", 0)
    ]


def members(merchant_id: str, day: str, kind: str) -> Iterator[str]:
    """What may have rows on a day, without its kind."""
    return (item["sk"].partition("#")[2] for item in _all(f"{merchant_id}#{day}", (f"{kind}#", f"{kind}#~")))


def exported(merchant_id: str, day: str, page: int, build: int) -> None:
    """Note that a day was exported as of a page."""
    values = {":page": page, ":build": build}
    _update((f"{merchant_id}#day", day), "SET exported = :page, build = :build", None, values)


def _all(pk: str, between: tuple[str, str] | None = None) -> Iterator[dict[str, Any]]:
    cursor = None
    while True:
        page = dynamo.query(TABLE, pk, limit=_PAGE, cursor=cursor, between=between)
        yield from page.items
        cursor = page.next_cursor
        if cursor is None:
            return


def _update(key: tuple[str, str], expression: str, condition: str | None, values: dict[str, Any]) -> Any:
    """The item after a change in place; None if the condition did not hold."""
    pk, sk = key
    request: dict[str, Any] = {
        "TableName": dynamo.table(TABLE),
        "Key": dynamo.encode({"pk": pk, "sk": sk}),
        "UpdateExpression": expression,
        "ExpressionAttributeValues": dynamo.encode(values),
        "ReturnValues": "ALL_NEW",
    }
    if condition:
        request["ConditionExpression"] = condition
    try:
        return dynamo.decode(aws.dynamodb().update_item(**request)["Attributes"])
    except botocore.exceptions.ClientError as error:
        if error.response["Error"]["Code"] == "ConditionalCheckFailedException":
            return None
        raise
