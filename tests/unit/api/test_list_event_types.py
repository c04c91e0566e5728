"""list_event_types"""

from typing import Any

import pytest
from openapi_schema_validator import OAS31Validator

from api import list_event_types
from tests.support.contract import assert_needs
from tests.support.samples import sample
from tests.support.shop import Shop, request_event, send
from webhooks.models import EVENT_TYPES

STRANGER = Shop("mer_any", "loc_any", "reg_any", "")


def page(**query: str) -> Any:
    reply = send(list_event_types.handler, request_event("mer_any", query=query))
    assert reply.status == 200, reply.text
    return reply.json


def test_the_sample_lists_the_types_of_orders() -> None:
    reply = send(list_event_types.handler, sample("api", "list_event_types", STRANGER))

    assert [one["type"] for one in reply.json["items"]] == sorted(t for t in EVENT_TYPES if t.startswith("order."))


def test_every_type_has_a_schema_complete_in_itself_that_its_example_meets() -> None:
    for one in page(limit="200")["items"]:
        OAS31Validator.check_schema(one["schema"])
        OAS31Validator(one["schema"]).validate(one["example"])
        assert one["example"]["type"] == one["type"]
        assert "#/components" not in str(one["schema"])


def test_pages_go_on_by_the_cursor_to_the_last_type() -> None:
    seen, query = [], {"limit": "7"}
    while True:
        part = page(**query)
        seen += [one["type"] for one in part["items"]]
        if part["next_cursor"] is None:
            break
        query["cursor"] = part["next_cursor"]

    assert seen == sorted(EVENT_TYPES)


@pytest.mark.parametrize("types", ["order", "order.eaten"])
def test_a_type_that_is_none_is_refused(shop: Shop, types: str) -> None:
    reply = shop.call(list_event_types.handler, query={"types": types})

    assert (reply.status, reply.pointers) == (422, ["?types.0"])


def test_it_needs_its_permission(shop: Shop) -> None:
    assert_needs("events:read", shop, list_event_types.handler)
