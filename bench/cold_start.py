"""What a cold start takes: the imports of each function, from what `make build` made, in a fresh interpreter.

    make build && python -m bench.cold_start

Times are CPU milliseconds of the process, medians. A Lambda's cold start has more to it, fetching the code and starting
the runtime, which cannot be measured here.
"""

import argparse
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median

import yaml
from tqdm import tqdm  # type: ignore[import-untyped]

from infra.local.build import BUILD
from infra.local.settings import AWS_ENVIRONMENT, STACK_NAME

# Like Lambda's runtime: no site-packages, and no bytecode but what was shipped.
_PYTHON = (sys._base_executable, "-S", "-B")  # type: ignore[attr-defined]

_PROGRAM = """
import sys, time
begun = time.process_time()
import {module}
imported = time.process_time()
from pos import aws
aws.dynamodb()
print((imported - begun) * 1000, (time.process_time() - imported) * 1000, len(sys.modules))
"""

_IMPORT_TIME = re.compile(r"import time:\s+(\d+) \|\s+\d+ \|\s+([\w.]+)")


def measure(function: str, module: str, runs: int) -> tuple[float, float, float]:
    """The medians for a function: ms to import its handler, ms to make a DynamoDB client then, modules loaded."""
    outputs = [_run(function, "-c", _PROGRAM.format(module=module)).stdout for _ in range(runs)]
    imported, client, modules = zip(*(map(float, output.split()) for output in outputs), strict=True)
    return median(imported), median(client), median(modules)


def break_down(function: str, module: str, runs: int) -> Mapping[str, float]:
    """The ms that each top-level package adds by its own modules, and the standard library's in sum: medians.

    Timing each import slows them down by about a quarter.
    """
    samples: list[Counter[str]] = []
    for _ in range(runs):
        spent: Counter[str] = Counter()
        for microseconds, name in _IMPORT_TIME.findall(
            _run(function, "-X", "importtime", "-c", f"import {module}").stderr
        ):
            package = name.split(".")[0]
            spent["(standard library)" if package in sys.stdlib_module_names else package] += int(microseconds)
        samples.append(spent)
    return {package: median(sample[package] for sample in samples) / 1000 for package in samples[0]}


def handlers() -> dict[str, str]:
    """The module of each function's handler."""
    template = yaml.load((BUILD / "template.yaml").read_text(), Loader=yaml.BaseLoader)  # noqa: S506 - makes only text
    return {
        name: resource["Properties"]["Handler"].removesuffix(".handler")
        for name, resource in template["Resources"].items()
        if resource["Type"] == "AWS::Serverless::Function"
    }


def _run(function: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    path = (BUILD / function, BUILD / "DependenciesLayer/python")
    environment = {**AWS_ENVIRONMENT, "STACK_NAME": STACK_NAME, "PYTHONPATH": os.pathsep.join(map(str, path))}
    return subprocess.run(  # noqa: S603 - our own arguments
        [*_PYTHON, *arguments], env=environment, capture_output=True, text=True, check=True
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Print what each function's imports take, and what makes up the first one's."""
    parser = argparse.ArgumentParser(description="Measure the imports of what was built.")
    parser.add_argument("functions", nargs="*", help="as in template.yaml; all of them by default")
    parser.add_argument("--runs", type=int, default=7, help="fresh interpreters for each figure")
    args = parser.parse_args(arguments)
    if not Path(BUILD, "template.yaml").exists():
        parser.exit(1, "There is no build: run `make build` first.\n")
    modules = handlers()
    names = args.functions or sorted(modules)
    rows = {name: measure(name, modules[name], args.runs) for name in tqdm(names, "functions")}
    print("| function | import ms | DynamoDB client ms | modules |\n|---|---|---|---|")
    for name, (imported, client, count) in sorted(rows.items(), key=lambda row: -row[1][0]):
        print(f"| {name} | {imported:.0f} | {client:.0f} | {count:.0f} |")
    print(f"\n| {names[0]}: package | ms by its own modules |\n|---|---|")
    for package, spent in sorted(break_down(names[0], modules[names[0]], args.runs).items(), key=lambda row: -row[1]):
        if spent >= 1:
            print(f"| {package} | {spent:.0f} |")


if __name__ == "__main__":
    main()
