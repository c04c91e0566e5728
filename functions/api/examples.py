"""Examples of what the API answers and sends, made from the schemas and from the words of the sample requests.

So an answer's example names the product, the shop and the customer that the requests name, and always has the shape
that its schema says. Its amounts are samples each by itself: they need not add up.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

type Json = dict[str, Any]

_REF = "#/components/schemas/"
_MOMENT = "2026-11-24T09:30:00.000Z"
_DAY = "2026-11-24"
_DEEPEST = 8  # a schema that holds itself, as a tree of categories does, ends somewhere
_ID = re.compile(r"[a-z]{3}_")
_PLAIN: Mapping[str, Any] = {"string": "text", "integer": 1, "number": 1, "boolean": True, "null": None}


def words(samples: Iterable[Any]) -> dict[str, list[Any]]:
    """What the sample requests (JSON) call things: the plain values by the name of their field."""
    found: dict[str, list[Any]] = {}

    def look(node: Any) -> None:
        if isinstance(node, list):
            for one in node:
                look(one)
        elif isinstance(node, dict):
            for name, value in node.items():
                if isinstance(value, dict | list):
                    look(value)
                elif value is not None:
                    found.setdefault(name, []).append(value)

    look(list(samples))
    return found


def example(schema: Json, schemas: Mapping[str, Json], known: Mapping[str, list[Any]], name: str = "") -> Any:
    """A value that the schema allows, with the known words for fields of their names. `schemas` has what it refers to;
    `name` is the field's.
    """
    return _made(schema, schemas, known, name, "", 0)


def _made(
    schema: Json, schemas: Mapping[str, Json], known: Mapping[str, list[Any]], name: str, owner: str, depth: int
) -> Any:
    if "$ref" in schema:
        owner = schema["$ref"].removeprefix(_REF)
        return _made(schemas[owner], schemas, known, name, owner, depth)
    if "const" in schema:
        return schema["const"]
    if "anyOf" in schema:
        return _made(_chosen(schema, known, name), schemas, known, name, owner, depth)
    match schema.get("type"):
        case "object":
            return {
                field: _made(inner, schemas, known, field, owner, depth + 1)
                for field, inner in schema.get("properties", {}).items()
            }
        case "array":
            deep = depth >= _DEEPEST or "items" not in schema
            return [] if deep else [_made(schema["items"], schemas, known, name.removesuffix("s"), owner, depth + 1)]
        case list(kinds):
            return _plain({**schema, "type": kinds[0]}, known, name, owner)
    return _plain(schema, known, name, owner)


def _chosen(schema: Json, known: Mapping[str, list[Any]], name: str) -> Json:
    """Of what may be null, null: unless the samples know a word for it."""
    null: Json = {"type": "null"}
    others: list[Json] = [one for one in schema["anyOf"] if one != null]
    named = any(_fits(value, one) for value in known.get(name, ()) for one in others)
    return others[0] if named or len(others) == len(schema["anyOf"]) else null


def _plain(schema: Json, known: Mapping[str, list[Any]], name: str, owner: str) -> Any:
    guesses = [
        *schema.get("examples", ()),
        *([_id_of(owner, known)] if name == "id" else ()),
        *([_MOMENT] if name in ("at", "timestamp") or name.endswith("_at") else ()),
        *([_DAY] if name.endswith("date") else ()),
        *(word for word in known.get(name, ()) if not name.endswith("_id") or _ID.match(str(word))),
        *([f"{name[:3]}_sample0001"] if name.endswith("_id") else ()),
        *schema.get("enum", ()),
        schema.get("default"),
        schema.get("minimum"),
        _PLAIN.get(schema.get("type", "string")),
    ]
    return next(guess for guess in guesses if _fits(guess, schema))


def _id_of(owner: str, known: Mapping[str, list[Any]]) -> Any:
    """The id that samples give a thing of this schema: `Product` has what they call `product_id`."""
    noun = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", owner).lower()
    last = noun.rpartition("_")[2]
    return next(iter((*known.get(f"{noun}_id", ()), *known.get(f"{last}_id", ()))), f"{last[:3]}_sample0001")


def _fits(value: Any, schema: Json) -> bool:
    """Whether a plain value is one of the schema's, as far as the answers' schemas say."""
    kinds = {"string": str, "integer": int, "number": int, "boolean": bool, "null": type(None)}
    if type(value) is not kinds.get(schema.get("type", "string")):
        return False
    return value in schema.get("enum", (value,)) and (
        not isinstance(value, str)
        or (bool(re.search(schema.get("pattern", ""), value)) and len(value) <= schema.get("maxLength", len(value)))
    )
