"""The real `sam deploy` of the real template, against the emulator. Skipped if the emulator already has this build."""

import json

from infra.local import aws, environments, http_api
from infra.local.build import BUILD
from infra.local.progress import run, step
from infra.local.settings import ROOT, STACK_NAME, Settings

_NOTE = "/kasir/deployed"


def deploy(settings: Settings, built: str) -> None:
    """Have the emulator run this build. Raises Problem when the deployment fails."""
    parameters = {
        "AwsEndpointUrl": settings.endpoint_url,
        "AllowLoopbackWebhooks": "true",
        "DeletionProtection": "false",
    }
    wanted = json.dumps([built, parameters])
    if aws.read_note(_NOTE) == wanted:
        return
    with step("Deploying the template with the SAM CLI"):
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
