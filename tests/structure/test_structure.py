"""What holds the project together and no other test would notice: names, layers, access, tables."""

import ast
import json
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import pytest

from tests.support.template import resources

ROOT = Path(__file__).parents[2]
FUNCTIONS = ROOT / "functions"
SERVICES = sorted(path.name for path in FUNCTIONS.iterdir() if (path / "__init__.py").exists() and path.name != "pos")


def functions() -> dict[str, Any]:
    """The properties of each function in the template."""
    return {
        name: resource["Properties"]
        for name, resource in resources("template.yaml").items()
        if resource["Type"] == "AWS::Serverless::Function"
    }


OPERATIONS = {name: tuple(properties["Handler"].split(".")[:2]) for name, properties in functions().items()}
"""Function -> (service, verb_noun)."""

TEMPLATES = ["template.yaml", *(str(path.relative_to(ROOT)) for path in sorted((ROOT / "infra").glob("*.yaml")))]


# --- one name for function, file, event and test -------------------------------------------------------------------


@pytest.mark.parametrize("function", OPERATIONS)
def test_function_file_event_and_test_share_a_name(function: str) -> None:
    service, operation = OPERATIONS[function]

    assert functions()[function]["Handler"] == f"{service}.{operation}.handler"
    assert function == "".join(word.capitalize() for word in operation.split("_"))
    for path in (
        f"functions/{service}/{operation}.py",
        f"events/{service}/{operation}.json",
        f"tests/unit/{service}/test_{operation}.py",
    ):
        assert (ROOT / path).is_file(), f"{function} has no {path}"


def test_no_handler_is_without_its_function() -> None:
    handlers = {
        (path.parent.name, path.stem)
        for path in FUNCTIONS.glob("*/*.py")
        if any(isinstance(node, ast.FunctionDef) and node.name == "handler" for node in parsed(path).body)
    }

    assert handlers == set(OPERATIONS.values())


def test_no_event_is_without_its_function() -> None:
    events = {(path.parent.name, path.stem) for path in (ROOT / "events").glob("*/*")}

    assert events == set(OPERATIONS.values())


def test_no_test_is_named_for_an_operation_that_is_not_there() -> None:
    verbs = {operation.split("_")[0] for _, operation in OPERATIONS.values()}
    tested = {
        (path.parent.name, path.stem.removeprefix("test_"))
        for service in SERVICES
        for path in (ROOT / "tests" / "unit" / service).glob("test_*.py")
    }

    assert {(service, name) for service, name in tested if name.split("_")[0] in verbs} == set(OPERATIONS.values())


@pytest.mark.parametrize("function", OPERATIONS)
def test_a_sample_event_is_a_request_of_its_functions_route(function: str) -> None:
    events = functions()[function].get("Events", {})
    routes = [event["Properties"] for event in events.values() if event["Type"] == "HttpApi"]
    service, operation = OPERATIONS[function]
    sample = json.loads((ROOT / "events" / service / f"{operation}.json").read_text())

    for route in routes:
        if "Path" not in route:
            assert sample["routeKey"] == "$default"
            continue
        method, path = route["Method"], route["Path"]
        for name, value in sample.get("pathParameters", {}).items():
            path = path.replace("{" + name + "}", value)
        assert sample["routeKey"] == f"{method} {route['Path']}"
        assert sample["rawPath"] == sample["requestContext"]["http"]["path"] == path
        assert sample["requestContext"]["http"]["method"] == method
        authorized = sample["requestContext"].get("authorizer")
        if "Auth" in route:
            assert (route["Auth"], authorized) == ({"Authorizer": "NONE"}, None)
        else:
            assert authorized["lambda"]["merchant_id"] == "mer_sample"


# --- least privilege, and data that stays ---------------------------------------------------------------------------

_NARROW = re.compile(
    # the files of one bucket, or those of a kind; all indexes of one table; the log groups of this stack's functions,
    # whose names end in what SAM makes up
    r"\$\{Files\.Arn\}/\*|\$\{(Files|Analytics)BucketArn\}/[a-z]+/\*|"
    r"arn:\$\{AWS::Partition\}:(dynamodb:.*:table/\$\{Prefix\}-[a-z]+/index|logs:.*:log-group:/aws/lambda/\$\{Prefix\}-)/?\*"
)


def statements(node: Any) -> Iterator[dict[str, Any]]:
    """Every policy statement in a template; a key policy is left out, for its "*" is the key itself."""
    if isinstance(node, dict):
        if "Effect" in node:
            yield node
        for key, value in node.items():
            if key != "KeyPolicy":
                yield from statements(value)
    elif isinstance(node, list):
        for value in node:
            yield from statements(value)


def listed(value: Any) -> list[str]:
    return value if isinstance(value, list) else [value]


@pytest.mark.parametrize("template", TEMPLATES)
def test_no_statement_allows_more_than_it_names(template: str) -> None:
    for statement in statements(resources(template)):
        if statement["Effect"] == "Deny":
            continue  # it can only take away
        assert not {"NotAction", "NotResource", "NotPrincipal"} & set(statement), statement
        for action in listed(statement["Action"]):
            assert "*" not in action, statement
        for resource in listed(statement.get("Resource", [])):
            assert "*" not in resource or _NARROW.fullmatch(resource), statement


def test_what_the_template_takes_from_access_is_there_to_take() -> None:
    text = (ROOT / "template.yaml").read_text()
    outputs = re.findall(r"^  (\w+): \{Value:", (ROOT / "infra" / "access.yaml").read_text(), re.MULTILINE)

    assert set(re.findall(r"Access\.Outputs\.(\w+)", text)) == set(outputs)


def test_the_check_for_wildcards_sees_statements() -> None:
    assert len(list(statements(resources("infra/access.yaml")))) > 10
    assert not _NARROW.fullmatch("*")
    assert not _NARROW.fullmatch("arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/${Prefix}-*")


@pytest.mark.parametrize("function", OPERATIONS)
def test_a_function_lists_capabilities_or_takes_a_role_of_them(function: str) -> None:
    properties = functions()[function]

    named = [properties["Role"]] if "Role" in properties else properties.get("Policies", [])

    assert named or function in _OF_CODE_ALONE
    assert all(re.fullmatch(r"Access\.Outputs\.\w+", one) for one in named), named
    assert len(named) < 10, "IAM attaches ten managed policies to a role, and SAM adds the one for logs"


def test_the_template_stays_below_the_resources_that_cloudformation_takes() -> None:
    made = Counter[str]()
    for name, resource in resources("template.yaml").items():
        properties = resource["Properties"]
        made[name] += 1
        if resource["Type"] != "AWS::Serverless::Function":
            continue
        made[name] += "Role" not in properties
        for event in properties.get("Events", {}).values():
            made[name] += (
                2 if event["Type"] == "ScheduleV2" else 1
            )  # with the role that invokes; else a permission or mapping
    stage_and_authorizer = 2

    assert made.total() + stage_and_authorizer <= 492, "CloudFormation takes 500 (docs/decisions.md)"


def test_what_describes_every_operation_has_the_layers_of_all() -> None:
    layers = {
        layer
        for properties in functions().values()
        if any(event["Type"] == "HttpApi" for event in properties.get("Events", {}).values())
        for layer in properties.get("Layers", ())
    }

    assert len(layers) > 1
    for function in ("GetOpenapi", "ListEventTypes"):
        assert set(functions()[function]["Layers"]) == layers


_OF_CODE_ALONE = {"GetDocs", "GetOpenapi", "ListEventTypes", "RefuseUnknownRoute"}
"""What answers from the code itself, and reads nothing."""


def tables() -> list[tuple[str, Any]]:
    found = [
        (name, resource)
        for template in TEMPLATES
        for name, resource in resources(template).items()
        if resource["Type"] == "AWS::DynamoDB::Table"
    ]
    assert found
    return found


@pytest.mark.parametrize(("name", "table"), tables(), ids=[name for name, _ in tables()])
def test_a_table_can_be_recovered_outlives_its_stack_and_costs_nothing_idle(name: str, table: Any) -> None:
    properties = table["Properties"]

    assert properties["TableName"] == "${Prefix}-" + name.lower()
    assert properties["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert table["DeletionPolicy"] == table["UpdateReplacePolicy"] == "Retain"
    assert properties["BillingMode"] == "PAY_PER_REQUEST"
    assert properties["DeletionProtectionEnabled"] == ["Protected", True, False]


# --- layers ---------------------------------------------------------------------------------------------------------


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def imported(path: Path) -> set[str]:
    """The modules that a file imports, also for type checkers only, each by its full name (`pos.dynamo`)."""
    names: set[str] = set()
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0 and node.module, f"{path}: imports are absolute"
            # `from pos import dynamo` imports pos.dynamo; `from pos.dynamo import Ref` too
            names |= {f"{node.module}.{alias.name}" for alias in node.names} | {node.module}
    return names


def modules(pattern: str) -> list[Any]:
    found = sorted(FUNCTIONS.glob(pattern))
    assert found
    return [pytest.param(path, id=str(path.relative_to(FUNCTIONS))) for path in found]


def reaches(names: set[str], *forbidden: str) -> set[str]:
    return {name for name in names if any(name == one or name.startswith(f"{one}.") for one in forbidden)}


@pytest.mark.parametrize("path", modules("pos/*.py"))
def test_the_kernel_imports_no_service(path: Path) -> None:
    assert not reaches(imported(path), *SERVICES)


RULES = ("rules", "breaker", "filters", "giving", "pricing", "promotions", "refunding", "scales")
PURE = [path for name in RULES for path in modules(f"*/{name}.py")] + modules("pos/money.py")


@pytest.mark.parametrize("path", PURE)
def test_rules_do_no_io_and_read_no_clock(path: Path) -> None:
    stores = [f"{service}.store" for service in SERVICES]
    io = ("boto3", "botocore", "time", "pos.aws", "pos.dynamo", "pos.outbox", "pos.http", "pos.clock.now")

    assert not reaches(imported(path), *io, *stores)


@pytest.mark.parametrize("path", modules("*/models.py"))
def test_models_know_no_store(path: Path) -> None:
    stores = [f"{service}.store" for service in SERVICES]

    assert not reaches(imported(path), "boto3", "botocore", "pos.aws", "pos.dynamo", "pos.http", *stores)


@pytest.mark.parametrize("path", [path for service in SERVICES for path in modules(f"{service}/*.py")])
def test_services_reach_each_other_through_named_functions_only(path: Path) -> None:
    service = path.parent.name
    others = {name for name in imported(path) if name.split(".")[0] in set(SERVICES) - {service}}

    # the latter do all of what an operation does, for who does it inside of something else
    doors = {
        "store",
        "rules",
        "models",
        "phones",
        "scales",
        "filters",
        "promotions",
        "refunding",
        "drafts",
        "consenting",
    }
    doors |= {"placing", "cancelling", "taking", "answering"}
    assert all(name in SERVICES or name.split(".")[1] in doors for name in others), others
    assert not {name for name in others if name.split(".")[-1] == "TABLE" or "._" in name}


def test_services_import_each_other_in_one_direction() -> None:
    needs = {
        service: {name.split(".")[0] for path in (FUNCTIONS / service).glob("*.py") for name in imported(path)}
        & (set(SERVICES) - {service})
        for service in SERVICES
    }

    TopologicalSorter(needs).prepare()  # raises CycleError


def test_a_table_is_named_in_one_place() -> None:
    named: dict[str, list[str]] = {}
    for path in FUNCTIONS.glob("*/*.py"):
        for node in parsed(path).body:
            match node:
                case ast.Assign(targets=[ast.Name(id=name)], value=ast.Constant(value=str(table))) if "TABLE" in name:
                    named.setdefault(table, []).append(f"{path.parent.name}/{path.name}")

    kernels = {"audit": ["pos/audit.py"], "events": ["pos/outbox.py"], "idempotency": ["pos/idempotency.py"]}
    kernels["sync"] = ["pos/links.py"]
    assert named == {service: [f"{service}/store.py"] for service in SERVICES if service != "api"} | kernels
    assert set(named) == {name.lower() for name, _ in tables()}


@pytest.mark.parametrize("path", [path for service in SERVICES for path in modules(f"{service}/*.py")])
def test_only_the_kernel_makes_aws_clients_and_says_how_long_they_wait(path: Path) -> None:
    assert not reaches(imported(path), "boto3", "botocore.session", "botocore.config")


def test_no_test_fails_for_being_slow() -> None:
    for path in (ROOT / "tests").rglob("*.py"):
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.keyword) and node.arg == "deadline":
                assert isinstance(node.value, ast.Constant) and node.value.value is None, path
            assert not (isinstance(node, ast.Attribute) and ast.unparse(node) == "pytest.mark.timeout"), path
