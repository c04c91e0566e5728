"""The local run's commands: `python -m infra.local --help`. The Makefile calls them."""

import argparse
import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from botocore.exceptions import ConnectionError as NoConnection

from infra.local import aws, demo, functions, site, stack
from infra.local.build import build
from infra.local.progress import Problem
from infra.local.settings import Settings
from infra.redrive import redrive


def main() -> None:
    """Run one command; exits with 1 and a sentence where a person has to help."""
    args = _parser().parse_args()
    try:
        settings = Settings.from_environment()
        aws.use_emulator(settings)
        _run(args, settings)
    except Problem as problem:
        sys.exit(f"\n{problem}")
    except NoConnection:
        sys.exit(f"\nNothing answers on {settings.endpoint_url}: `make up` brings the local stack up.")
    except (KeyboardInterrupt, BrokenPipeError):
        sys.exit(130)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m infra.local", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("build", help="build for AWS what `sam deploy` uploads")
    up = commands.add_parser("up", help="bring the local stack up, with a demo shop")
    up.add_argument("--no-shop", action="store_true", help="the API only: no products and staff, no front end")
    commands.add_parser("down", help="stop it; the data stays")
    commands.add_parser("reset", help="stop it and drop the data")
    commands.add_parser("status", help="say whether it runs, and where")
    logs = commands.add_parser("logs", help="what the functions log")
    logs.add_argument("--follow", action="store_true", help="go on until interrupted")
    logs.add_argument("--minutes", type=float, default=10, help="how far to look back")
    front_end = commands.add_parser("front-end", help="run a script of ui/package.json")
    front_end.add_argument("script", help="its name, such as check")
    invoke = commands.add_parser("invoke", help="run a deployed function with an event from a file")
    invoke.add_argument("operation", help="the function's name in template.yaml, such as CreateOrder")
    invoke.add_argument("event", type=Path, help="a JSON file, such as events/orders/create_order.json")
    commands.add_parser("redrive", help="give deliveries that failed by our own fault back to the sender")
    return parser


def _run(args: argparse.Namespace, settings: Settings) -> None:
    match args.command:
        case "build":
            build(for_lambda=True)
        case "up":
            _print_summary(settings, stack.up(settings, open_shop=not args.no_shop))
            if not args.no_shop:
                _print_way_in(settings)
        case "down":
            stack.down(settings)
        case "reset":
            stack.reset(settings)
        case "status":
            _print_summary(settings, stack.read(settings))
        case "logs":
            stack.read(settings)
            since = datetime.now(UTC) - timedelta(minutes=args.minutes)
            for line in functions.read_log(since=since, follow=args.follow):
                print(line, flush=True)
        case "front-end":
            site.run_script(args.script, settings)
        case "redrive":
            print(f"{redrive(stack.read(settings)['stack_name'])} messages moved back")
        case "invoke":
            stack.read(settings)
            print(json.dumps(functions.invoke(args.operation, _read_event(args.event)), indent=2))


def _read_event(file: Path) -> Any:
    try:
        return json.loads(file.read_text())
    except (OSError, ValueError) as error:
        raise Problem(f"{file}: {error}") from error


def _print_summary(settings: Settings, described: dict[str, Any]) -> None:
    url = described["ui_url"]
    ui = f"Register   {url}\nOffice     {url}/office/\n" if url else ""
    print(
        f"""
Kasir runs. All of this is in {settings.stack_file}, for programs.

{ui}API        {described["api_url"]}/v1
API docs   {described["docs_url"]}
API key    {described["api_key"]}
Merchant   {described["merchant_id"]}
AWS        {described["aws_endpoint_url"]}  (MiniStack)

  curl -H "Authorization: Bearer {described["api_key"]}" "{described["api_url"]}/v1/products?limit=3"

`make logs` shows what the functions log, `make demo` sells, `make down` stops everything and keeps the data."""
    )


def _print_way_in(settings: Settings) -> None:
    people = ", ".join(f"{person.name} ({person.role}) {person.pin}" for person in demo.STAFF)
    print(
        f"""
To sell in a browser, open this within ten minutes (`make up` makes another), and sign in by PIN:

  {settings.ui_url}/pair#{demo.make_pairing_code(settings.stack_file)}

PINs       {people}"""
    )


if __name__ == "__main__":
    main()
