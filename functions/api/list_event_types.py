"""GET /v1/events/types"""

import json
from collections.abc import Mapping
from typing import Any

from api.description import document
from api.models import EventType, EventTypeListing
from pos.http import Answer, Call, listing, operation
from webhooks import rules

type Json = dict[str, Any]

_REF = "#/components/schemas/"


@operation(permission="events:read", query=EventTypeListing, answer=EventType)
def handler(call: Call[None, EventTypeListing]) -> Answer:
    """Every type of event, with the JSON Schema of its webhooks and an example, as /v1/openapi.json has them."""
    query = call.query
    described = document()
    names = [name for name in sorted(described["webhooks"]) if name > (query.cursor or "")]
    wanted = [name for name in names if rules.wants(query.types, name)]
    items = [_event_type(name, described) for name in wanted[: query.limit]]
    return listing(items, wanted[query.limit - 1] if len(wanted) > query.limit else None)


def _event_type(name: str, described: Json) -> bytes:
    content = described["webhooks"][name]["post"]["requestBody"]["content"]["application/json"]
    schemas = described["components"]["schemas"]
    needed = _needed(content["schema"], schemas)
    schema = content["schema"] | {"$defs": {name: schemas[name] for name in sorted(needed)}}
    text = json.dumps({"type": name, "schema": schema, "example": content["example"]}, separators=(",", ":"))
    return text.replace(f'"$ref":"{_REF}', '"$ref":"#/$defs/').encode()


def _needed(schema: Any, schemas: Mapping[str, Json]) -> set[str]:
    """The names of the schemas that this one refers to, also by others."""
    found: set[str] = set()
    looking = [schema]
    while looking:
        node = looking.pop()
        if isinstance(node, dict):
            name = str(node.get("$ref", "")).removeprefix(_REF)
            if name and name not in found:
                found.add(name)
                looking.append(schemas[name])
            looking += node.values()
        elif isinstance(node, list):
            looking += node
    return found
