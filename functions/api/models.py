"""What the API tells about itself, beside its description."""

from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from pos.model import Listing, Output
from webhooks.models import Pattern, split


class EventTypeListing(Listing):
    """Which types of events to list (comma-separated patterns)."""

    types: Annotated[tuple[Pattern, ...], BeforeValidator(split), Field(max_length=50)] = ("*",)


class EventType(Output):
    """A type of event: the JSON Schema of its webhooks' bodies, complete in itself, and an example."""

    type: str
    schema_: Annotated[dict[str, Any], Field(serialization_alias="schema")]
    example: dict[str, Any]
