"""Brings a local stack up, takes it down, resets it."""

import json
import subprocess
import sys
from typing import Any

import boto3

from infra.local import aws, demo, emulator, site
from infra.local.build import build
from infra.local.deploy import deploy
from infra.local.files import exclusive
from infra.local.functions import invoke
from infra.local.progress import Problem, step
from infra.local.settings import ROOT, STACK_NAME, Settings

type Json = dict[str, Any]

# The demo's sales are real ones from the United States; events/staff/create_merchant.json shows all that can be said.
_DEMO_MERCHANT = {
    "name": "Demo Grocers",
    "currency": "USD",
    "country": "US",
    "time_zone": "America/New_York",
    "location_name": "Main Street",
}
_MERCHANT_NOTE = "/kasir/demo-merchant"
_SHOP_NOTE = "/kasir/demo-shop"


def up(settings: Settings, *, open_shop: bool) -> Json:
    """Have the stack run what the sources say, with a demo merchant; what stack.json holds.

    `open_shop` fills the merchant's shop with products, stock and staff, and serves the front end. Harmless to repeat,
    and quick when nothing changed. Raises Problem where a person has to help.
    """
    with exclusive(settings.folder / "up.lock"):
        settings.folder.chmod(0o700)  # the state has keys in it
        if not emulator.running(settings):
            with step("Starting MiniStack"):  # first: a port that is taken is to be known at once
                emulator.start(settings)
        deploy(settings, build(for_lambda=False))
        stack = _describe(settings, _ensure_merchant())
        if open_shop:
            site.build()
            site.serve(settings, stack["api_url"])
            stack["ui_url"] = settings.ui_url
        _write(settings, stack)
        if open_shop:
            _ensure_shop(settings)
    return stack


def down(settings: Settings) -> None:
    """Stop the stack; its data stays."""
    with exclusive(settings.folder / "up.lock"):
        site.stop(settings)
        if not emulator.running(settings):
            print("Nothing runs.")
            return
        with step("Stopping MiniStack, which saves its state"):
            emulator.stop(settings)


def reset(settings: Settings) -> None:
    """Stop the stack and drop its data."""
    with exclusive(settings.folder / "up.lock"):
        site.stop(settings)
        emulator.stop(settings)
        emulator.drop_state(settings)
        settings.stack_file.unlink(missing_ok=True)
    print("The local stack's data is gone; `make up` starts afresh.")


def read(settings: Settings) -> Json:
    """The running stack's stack.json. Raises Problem where there is none."""
    if not emulator.running(settings) or not settings.stack_file.exists():
        raise Problem("There is no local stack running: `make up` brings it up.")
    stack: Json = json.loads(settings.stack_file.read_text())
    return stack


def _ensure_merchant() -> Json:
    """The demo merchant's ids and key, as CreateMerchant answered when this state of the emulator was new."""
    note = aws.read_note(_MERCHANT_NOTE)
    if note is None:
        with step("Creating the demo merchant"):
            note = json.dumps(invoke("CreateMerchant", _DEMO_MERCHANT))
        aws.write_note(_MERCHANT_NOTE, note)
    merchant: Json = json.loads(note)
    return merchant


def _describe(settings: Settings, merchant: Json) -> Json:
    [stack] = boto3.client("cloudformation").describe_stacks(StackName=STACK_NAME)["Stacks"]
    outputs = {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}
    # By path: not every resolver knows that names under .localhost mean this machine.
    api_url = f"{settings.endpoint_url}/_aws/execute-api/{outputs['ApiId']}"
    return {
        "api_url": api_url,
        "docs_url": f"{api_url}/v1/docs",
        "ui_url": None,
        "aws_endpoint_url": settings.endpoint_url,
        "stack_name": STACK_NAME,
        **merchant,
    }


def _write(settings: Settings, stack: Json) -> None:
    settings.stack_file.unlink(missing_ok=True)
    settings.stack_file.touch(mode=0o600)
    settings.stack_file.write_text(json.dumps(stack, indent=2) + "\n")


def _ensure_shop(settings: Settings) -> None:
    if aws.read_note(_SHOP_NOTE) is not None:
        return
    print("Loading the demo shop", flush=True)
    command = [sys.executable, "-m", "bench.load_shop", "--stack", str(settings.stack_file)]
    if subprocess.run(command, cwd=ROOT).returncode:
        raise Problem("The demo shop could not be loaded; everything else runs. `make up` tries again.")
    demo.ensure_staff(settings.stack_file)
    aws.write_note(_SHOP_NOTE, "loaded")
