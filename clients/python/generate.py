"""Makes the client's operations and types from the API's description.

python -m clients.python.generate                       # of the code beside it, into clients/python/kasir_client
python -m clients.python.generate openapi.json folder   # of any description, into any folder
"""

import argparse
import json
import keyword
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

type Json = Mapping[str, Any]

_HERE = Path(__file__).parent
_REF = "#/components/schemas/"
_PLAIN = {"string": "str", "integer": "int", "number": "float", "boolean": "bool", "null": "None", "array": "list[Any]"}

_HEAD = '''"""Made from the API's description by clients/python/generate.py: change that, not this."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, NotRequired, TypedDict

from kasir_client.transport import Pages, Transport, segment
'''


def source(document: Json) -> str:
    """The module of an OpenAPI document: its schemas as typed dictionaries, its operations as methods."""
    types = (_typed_dict(name, schema) for name, schema in sorted(document["components"]["schemas"].items()))
    methods = (
        _method(method, path, operation)
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
        if not _signed(operation)
    )
    kasir = 'class Kasir(Transport):\n    """The operations of the API."""\n\n'
    return "\n\n".join((_HEAD, *types, kasir + "\n".join(methods)))


def _signed(operation: Json) -> bool:
    """Whether it is for other applications, which sign what they say in headers of their own."""
    return any(one.get("in") == "header" and one["required"] for one in operation["parameters"])


def _typed_dict(name: str, schema: Json) -> str:
    fields: Json = schema.get("properties", {})
    required = set(schema.get("required", ()))
    if schema.get("type") != "object" or not fields:
        return f"type {_name(name)} = {_type(schema)}\n"
    kinds = {
        field: _type(inner) if field in required else f"NotRequired[{_type(inner)}]" for field, inner in fields.items()
    }
    if any(keyword.iskeyword(field) or not field.isidentifier() for field in fields):
        listed = ", ".join(f'"{field}": "{kind.replace(chr(34), chr(39))}"' for field, kind in kinds.items())
        return f'{_name(name)} = TypedDict("{_name(name)}", {{{listed}}})\n'
    doc = f'    """{_text(schema["description"])}"""\n\n' if schema.get("description") else ""
    return f"class {_name(name)}(TypedDict):\n{doc}" + "".join(
        f"    {field}: {kind}\n" for field, kind in kinds.items()
    )


def _type(schema: Json) -> str:
    if "$ref" in schema:
        return _name(schema["$ref"].removeprefix(_REF))
    if "anyOf" in schema:
        return " | ".join(dict.fromkeys(_type(one) for one in schema["anyOf"]))
    if "const" in schema or "enum" in schema:
        values = [schema["const"]] if "const" in schema else schema["enum"]
        return f"Literal[{', '.join(json.dumps(value) for value in values)}]"
    kind = schema.get("type")
    if isinstance(kind, list):
        return " | ".join(_PLAIN[one] for one in kind)
    if kind == "array" and "items" in schema:
        return f"list[{_type(schema['items'])}]"
    if kind == "object":
        values = schema.get("additionalProperties")
        return f"dict[str, {_type(values)}]" if isinstance(values, dict) else "dict[str, Any]"
    return _PLAIN.get(kind or "", "Any")


def _method(method: str, path: str, operation: Json) -> str:
    listed = operation["operationId"].startswith("list_")
    in_path = re.findall(r"{(\w+)}", path)
    in_query = [
        one for one in operation["parameters"] if one.get("in") == "query" and not (listed and one["name"] == "cursor")
    ]
    changes = any(one.get("$ref", "").endswith("/idempotency_key") for one in operation["parameters"])
    approvable = any(one.get("$ref", "").endswith("/approval") for one in operation["parameters"])
    has_body = "requestBody" in operation
    positional = [f"{name}: str" for name in in_path]
    if has_body:
        positional.append(f"body: {_type(operation['requestBody']['content']['application/json']['schema'])}")
    named = [
        f"{_argument(one['name'])}: {_type(one['schema'])}" + ("" if one["required"] else " | None = None")
        for one in sorted(in_query, key=lambda one: not one["required"])
    ]
    if changes:
        named += ["idempotency_key: str | None = None", "if_match: int | None = None"]
    if approvable:
        named.append("approvals: Sequence[str] = ()")
    signature = ", ".join(["self", *positional, *(["*", *named] if named else [])])
    place = ("f" if in_path else "") + '"' + re.sub(r"{(\w+)}", r"{segment(\1)}", path) + '"'
    query = "{" + ", ".join(f'"{one["name"]}": {_argument(one["name"])}' for one in in_query) + "}"
    answer, kind = _answer(operation, listed)
    if listed:
        run = f"return Pages(self, {place}, {query})"
    else:
        given = [json.dumps(method.upper()), place]
        given += [f"query={query}"] if in_query else []
        given += ["body=body"] if has_body else []
        given += ["idempotency_key=idempotency_key", "if_match=if_match", "once=True"] if changes else []
        given += ["approvals=approvals"] if approvable else []
        sent = f"self.send({', '.join(given)})"
        run = sent if kind == "None" else f"{answer} = {sent}\n        return answer"
    name = operation["operationId"]
    return f'    def {name}({signature}) -> {kind}:\n        """{_text(operation["description"])}"""\n        {run}\n'


def _answer(operation: Json, listed: bool) -> tuple[str, str]:
    """What the answer is called in the method, with its type, and the type."""
    [answered] = [answer for status, answer in operation["responses"].items() if status.startswith("2")]
    content: Json = answered.get("content", {})
    if not content:
        return "", "None"
    if set(content) != {"application/json"}:
        return "answer: Any", "Any"
    schema = content["application/json"]["schema"]
    kind = f"Pages[{_type(schema['properties']['items']['items'])}]" if listed else _type(schema)
    return f"answer: {kind}", kind


def _argument(name: str) -> str:
    return f"{name}_" if keyword.iskeyword(name) else name


def _name(schema: str) -> str:
    return re.sub(r"\W", "_", schema)


def _text(description: str) -> str:
    return description.replace("\\", "\\\\").replace('"""', "'''").strip()


def described() -> Any:
    """The description of the code beside this folder."""
    sys.path.insert(0, str(_HERE.parents[1] / "functions"))
    from api.event_data import EVENT_DATA
    from api.routes import routes
    from api.specification import specification

    samples = {sample.stem: json.loads(sample.read_text()) for sample in (_HERE.parents[1] / "events").glob("*/*.json")}
    return specification(routes(), samples, EVENT_DATA)


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the module."""
    parser = argparse.ArgumentParser(description="Make the Python client's operations from the API's description.")
    parser.add_argument("document", nargs="?", type=Path, help="an OpenAPI document; the code's own by default")
    parser.add_argument("folder", nargs="?", type=Path, default=_HERE / "kasir_client")
    args = parser.parse_args(arguments)
    document = json.loads(args.document.read_text()) if args.document else described()
    (args.folder / "operations.py").write_text(source(document))


if __name__ == "__main__":
    main()
