"""The real `sam deploy` of the real template, against the emulator. Skipped if the emulator already has this build."""

import json
from collections.abc import Iterator
from contextlib import contextmanager

from infra.local import aws, environments, http_api
from infra.local.build import BUILD
from infra.local.progress import Problem, run, step
from infra.local.settings import ROOT, STACK_NAME, Settings

_NOTE = "/kasir/deployed"
_STUCK = "UPDATE_ROLLBACK_FAILED"


def deploy(settings: Settings, built: str) -> None:
    """Have the emulator run this build. Raises Problem when the deployment fails."""
    parameters = {
        "AwsEndpointUrl": settings.endpoint_url,
        "AllowLoopbackWebhooks": "true",
        "AllowSimulatedProvider": "true",
        "DeletionProtection": "false",
        "RequestsPerSecondPerKey": "0",  # a worker for each operation, and programs that load it with one key
    }
    wanted = json.dumps([built, parameters])
    if aws.read_note(_NOTE) == wanted:
        return
    with step("Deploying the template with the SAM CLI"), _saying_how_to_go_on():
        run(
            [
                environments.python("sam").with_name("sam"),
                "deploy",
                *("--template-file", BUILD / "template.yaml"),
                *("--config-file", ROOT / "samconfig.toml"),
                *("--stack-name", STACK_NAME),
                *("--no-confirm-changeset", "--no-fail-on-empty-changeset"),
                *("--parameter-overrides", *(f"{name}={value}" for name, value in parameters.items())),
            ],
            log=settings.log("deploy"),
        )
        http_api.create_routes()
    aws.write_note(_NOTE, wanted)


@contextmanager
def _saying_how_to_go_on() -> Iterator[None]:
    try:
        yield
    except Problem as problem:
        if _STUCK not in str(problem):
            raise
        hint = "The emulator cannot apply this change to a stack that exists: `make reset`, then `make up`."
        raise Problem(f"{problem}\n\n{hint}") from problem
