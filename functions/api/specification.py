"""The API as an OpenAPI 3.1 document, made from the routes, the models of their operations and their sample events.

Nothing of it is written by hand: what an operation takes and answers is what its models say, so that the description
cannot say anything else than the code does.
"""

import json
import re
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any

from pydantic import BaseModel, TypeAdapter
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode, models_json_schema

from api.examples import example, words
from api.routes import Route
from pos.http import SIGNED_BY, Operation, Problem

type Json = dict[str, Any]
type Samples = Mapping[str, Json]
type Refs = Mapping[tuple[Any, JsonSchemaMode], Json]

_REFS = "#/components/schemas/{model}"

_SUMMARY = """A point of sale for shops of one register or a thousand.

* Amounts are whole numbers of the currency's minor units; quantities and rates are decimal strings.
* Times are RFC 3339 in UTC.
* A list answers `items` and `next_cursor`, which goes back as `cursor` for the next page; it is null on the last.
* Every write takes an `Idempotency-Key`: the same request under the same key is done once, and answered as the first
  time, with `Idempotent-Replayed: true`.
* An entity's `version` is its `ETag`; a change with `If-Match` is refused (412) if the entity has another by now.
* Refusals are problem details (RFC 9457) with a stable `code`, and `errors` that point to the fields at fault.
"""

_REFUSALS = {
    400: "The request is not well-formed: no JSON, a header that cannot be read.",
    401: "There is no key, or one that does not hold.",
    403: "The key may not do this.",
    404: "The merchant has no such thing.",
    409: "The state of things does not allow it, or somebody else changed them at this moment.",
    412: "If-Match names a version that is no longer current.",
    413: "The body is too large.",
    422: "A field has a value that cannot be accepted; `errors` points to it.",
    429: "Too many requests; Retry-After says when to go on.",
    503: "No answer in time. It is not known whether this was done: repeat it with the same Idempotency-Key.",
}


class _Schemas(GenerateJsonSchema):
    """pydantic's schemas without the title of each field, which only repeats its name."""

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002 - pydantic calls it by name
        return False


def specification(routes: Iterable[Route], samples: Samples, events: Mapping[str, type[BaseModel]]) -> Json:
    """The OpenAPI document of these routes.

    `samples` are API Gateway events by operation, whose bodies, paths and queries become examples; `events` says what
    the `data` of each type of event is.
    """
    routes = list(routes)
    refs, schemas = _schemas(routes, events.values())
    paths: dict[str, Json] = {}
    for route in routes:
        described = _operation(route, samples.get(route.operation.name, {}), refs)
        paths.setdefault(route.path, {})[route.method.lower()] = described
    webhooks = {event: _webhook(event, refs[model, "serialization"]) for event, model in sorted(events.items())}
    _add_examples(routes, paths, webhooks, schemas, samples)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Kasir", "version": "1", "description": _SUMMARY},
        "servers": [{"url": "..", "description": "Where this document is served"}],
        "security": [{"key": []}],
        "tags": [{"name": service} for service in sorted({route.service for route in routes})],
        "paths": paths,
        "webhooks": webhooks,
        "components": {
            "schemas": schemas,
            "parameters": _PARAMETERS,
            "headers": _HEADERS,
            "responses": {str(status): _refusal(status, refs) for status in _REFUSALS},
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer", "description": "An API key."}},
        },
    }


def _schemas(routes: Iterable[Route], data: Iterable[type[BaseModel]]) -> tuple[Refs, Json]:
    wanted: dict[tuple[type[BaseModel], JsonSchemaMode], None] = {(Problem, "serialization"): None}
    for operation in (route.operation for route in routes):
        if _is_model(operation.body):
            wanted[operation.body, "validation"] = None
        if operation.answer is not None:
            wanted[operation.answer, "serialization"] = None
    wanted |= {(model, "serialization"): None for model in data}
    refs, made = models_json_schema(list(wanted), ref_template=_REFS, schema_generator=_Schemas)
    schemas: Json = made["$defs"]
    for route in routes:
        if route.method == "PATCH":  # what a change leaves out stays, whatever its model has in the place
            changed = refs[route.operation.body, "validation"]["$ref"].removeprefix(_REFS.format(model=""))
            for field in schemas[changed]["properties"].values():
                field.pop("default", None)
    return refs, schemas


def _add_examples(routes: Iterable[Route], paths: Json, webhooks: Json, schemas: Json, samples: Samples) -> None:
    """Give each answer, and each event, an example."""
    bodies = {name: json.loads(sample["body"]) for name, sample in samples.items() if sample.get("body")}
    ids = [_named_id(route, samples.get(route.operation.name, {})) for route in routes]
    known = words([*ids, *bodies.values()])
    for route in routes:
        described = paths[route.path][route.method.lower()]["responses"][str(route.operation.status)]
        own = words([bodies.get(route.operation.name)])
        _add_example(described, schemas, known | own)
    for webhook in webhooks.values():
        _add_example(webhook["post"]["requestBody"], schemas, known)


def _named_id(route: Route, sample: Json) -> Json:
    """What the sample of a route such as /v1/products/{id} calls a product, under the name `product_id`."""
    noun = route.operation.name.partition("_")[2]
    id = (sample.get("pathParameters") or {}).get("id")
    return {f"{noun}_id": id} if id and route.path.endswith("{id}") else {}


def _add_example(described: Json, schemas: Json, known: Mapping[str, list[Any]]) -> None:
    for content in described.get("content", {}).values():
        if "schema" in content:
            content["example"] = example(content["schema"], schemas, known)


def _operation(route: Route, sample: Json, refs: Refs) -> Json:
    operation = route.operation
    doc = " ".join((operation.__doc__ or "").split())
    summary = re.split(r"(?<=[.:;]) ", doc, maxsplit=1)[0].rstrip(".:;")
    described: Json = {
        "operationId": operation.name,
        "tags": [route.service],
        "summary": summary,
        "description": f"{doc}\n\n{_permissions(operation)}",
        "parameters": _parameters(route, sample),
        "responses": _responses(route, refs),
    }
    if operation.permission is None:
        described["security"] = []
    if _is_model(operation.body):
        content: Json = {"schema": refs[operation.body, "validation"]}
        if sample.get("body"):
            content["example"] = json.loads(sample["body"])
        described["requestBody"] = {"required": True, "content": {"application/json": content}}
    return described


def _permissions(operation: Operation[Any, Any]) -> str:
    needed = f"Needs the permission `{operation.permission}`." if operation.permission else "Needs no key."
    if not operation.approvable:
        return needed
    named = ", ".join(f"`{permission}`" for permission in operation.approvable)
    return f"{needed} An approval may stand in for {named}."


def _parameters(route: Route, sample: Json) -> list[Json]:
    given: Mapping[str, str] = sample.get("pathParameters") or {}
    parameters: list[Json] = [
        {
            "name": name,
            "in": "path",
            "required": True,
            "schema": {"type": "string", "minLength": 1, "maxLength": 100},
            **({"example": given[name]} if name in given else {}),
        }
        for name in re.findall(r"{(\w+)}", route.path)
    ]
    parameters += _query(route, sample.get("queryStringParameters") or {})
    if _changes(route):
        parameters += [{"$ref": f"#/components/parameters/{name}"} for name in ("idempotency_key", "if_match")]
    if route.operation.approvable:
        parameters.append({"$ref": "#/components/parameters/approval"})
    if route.operation.signed:
        text = {"type": "string", "minLength": 1, "maxLength": 1000}
        parameters += [{"name": name, "in": "header", "required": True, "schema": text} for name in SIGNED_BY]
    return parameters


def _query(route: Route, given: Mapping[str, str]) -> list[Json]:
    model = route.operation.query
    if not _is_model(model):
        return []
    schema = model.model_json_schema(schema_generator=_Schemas)
    return [
        {
            "name": name,
            "in": "query",
            "required": name in schema.get("required", ()),
            "schema": _given_only(field),
            **({"description": field["description"]} if "description" in field else {}),
            **({"example": _read(given[name], field)} if name in given else {}),
        }
        for name, field in schema["properties"].items()
    ]


def _read(given: str, field: Json) -> str | int:
    """A query parameter's example in the type that its schema has."""
    return int(given) if _given_only(field).get("type") == "integer" else given


def _given_only(field: Json) -> Json:
    """A query parameter's schema: it is left out where a body would say null."""
    kinds = [kind for kind in field.get("anyOf", ()) if kind != {"type": "null"}]
    rest = {name: value for name, value in field.items() if name not in ("anyOf", "default", "description")}
    if "anyOf" not in field:
        return rest
    return rest | (kinds[0] if len(kinds) == 1 else {"anyOf": kinds})


def _responses(route: Route, refs: Refs) -> Json:
    operation = route.operation
    headers: Json = {"X-Request-Id": {"$ref": "#/components/headers/request_id"}}
    answer: Json = {"description": HTTPStatus(operation.status).phrase, "headers": headers}
    if operation.answer is not None:
        schema = refs[operation.answer, "serialization"]
        if operation.name.startswith("list_") or operation.beside:
            schema = _page(schema, operation.beside)
        else:
            headers["ETag"] = {"$ref": "#/components/headers/etag"}
    elif operation.status != HTTPStatus.NO_CONTENT:
        schema = {"type": "object"}
    if operation.status != HTTPStatus.NO_CONTENT:
        answer["content"] = {
            media: {"schema": schema} if media == "application/json" else {} for media in operation.media
        }
    if _changes(route):
        headers["Idempotent-Replayed"] = {"$ref": "#/components/headers/replayed"}
    return {
        str(operation.status): answer,
        **{str(status): {"$ref": f"#/components/responses/{status}"} for status in _refused(route)},
    }


def _refused(route: Route) -> Iterable[int]:
    """With which statuses this route can refuse a request."""
    writes, body = _changes(route), _is_model(route.operation.body)
    asked = body or _is_model(route.operation.query)
    conditions = {
        400: asked or writes,
        401: route.operation.permission is not None or route.operation.signed,
        403: route.operation.permission is not None,
        404: "{" in route.path,
        409: route.method != "GET",
        412: writes,
        413: body,
        422: asked or writes,
    }
    return (status for status in _REFUSALS if conditions.get(status, True))


def _page(item: Json, beside: Mapping[str, Any]) -> Json:
    properties: Json = {
        "items": {"type": "array", "items": item},
        "next_cursor": {"type": ["string", "null"], "description": "Goes on behind these; null at the end."},
        **{name: TypeAdapter(kind).json_schema() for name, kind in beside.items()},
    }
    return {"type": "object", "required": list(properties), "properties": properties}


def _webhook(event: str, data: Json) -> Json:
    entity = {
        "type": "object",
        "required": ["type", "id", "version"],
        "properties": {"type": {"type": "string"}, "id": {"type": "string"}, "version": {"type": "integer"}},
    }
    body = {
        "type": "object",
        "required": ["id", "type", "timestamp", "merchant_id", "entity", "data"],
        "properties": {
            "id": {"type": "string", "description": "Also the header webhook-id: the same event always has the same."},
            "type": {"const": event},
            "timestamp": {"type": "string", "format": "date-time"},
            "merchant_id": {"type": "string"},
            "entity": entity,
            "data": {"anyOf": [data, {"type": "null"}]},
            "data_url": {
                "type": "string",
                "description": "Where data is null: the path of this API that answers an event above 20 KB whole.",
            },
        },
    }
    return {
        "post": {
            "operationId": event.replace(".", "_"),
            "summary": event,
            "security": [],
            "description": "Signed by Standard Webhooks: headers webhook-id, webhook-timestamp, webhook-signature.",
            "requestBody": {"required": True, "content": {"application/json": {"schema": body}}},
            "responses": {"2XX": {"description": "The event is delivered; anything else is tried again."}},
        }
    }


def _refusal(status: int, refs: Refs) -> Json:
    headers = {"X-Request-Id": {"$ref": "#/components/headers/request_id"}}
    headers |= {name: {"$ref": f"#/components/headers/{ref}"} for name, ref in _REFUSAL_HEADERS.get(status, {}).items()}
    content: Json = {"application/problem+json": {"schema": refs[Problem, "serialization"]}}
    if status in _OF_THE_GATEWAY:
        content["application/json"] = {"schema": _GATEWAY_REFUSAL}
    return {"description": _REFUSALS[status], "headers": headers, "content": content}


def _changes(route: Route) -> bool:
    """Whether it is a write, which happens once under an Idempotency-Key."""
    return route.method != "GET" and not route.operation.repeatable


def _is_model(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)


_PARAMETERS: Json = {
    "approval": {
        "name": "Approval",
        "in": "header",
        "description": "The ids of up to four approvals, with commas, for what the caller may not do alone.",
        "schema": {"type": "string", "pattern": "^apv_[0-9A-Za-z]{4,64}( *, *apv_[0-9A-Za-z]{4,64}){0,3}$"},
    },
    "idempotency_key": {
        "name": "Idempotency-Key",
        "in": "header",
        "description": "Names this request, so that it is done once however often it is sent. Kept for 30 days.",
        "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[ -~]+$"},
    },
    "if_match": {
        "name": "If-Match",
        "in": "header",
        "description": "The version that this changes, as its ETag has it.",
        "schema": {"type": "string", "pattern": '^"[0-9]{1,10}"$'},
        "example": '"3"',
    },
}

_OF_THE_GATEWAY = (401, 413, 429, 503)
_GATEWAY_REFUSAL: Json = {
    "type": "object",
    "required": ["message"],
    "properties": {"message": {"type": "string"}},
    "description": "API Gateway's own answer, before Kasir sees the request: no Authorization header, a body above "
    "10 MB, too many requests, no capacity.",
}

_REFUSAL_HEADERS: Mapping[int, Mapping[str, str]] = {
    401: {"WWW-Authenticate": "challenge"},
    429: {"Retry-After": "retry_after"},
    503: {"Retry-After": "retry_after"},
}

_HEADERS: Json = {
    "challenge": {"description": "`Bearer`", "schema": {"type": "string"}},
    "retry_after": {"description": "Seconds to wait.", "schema": {"type": "string", "pattern": "^[0-9]+$"}},
    "request_id": {"description": "Finds the request in the logs.", "schema": {"type": "string"}},
    "etag": {"description": "The entity's version.", "schema": {"type": "string"}},
    "replayed": {"description": "`true` if this repeats a first answer.", "schema": {"type": "string"}},
}
