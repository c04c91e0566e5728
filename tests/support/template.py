"""Our CloudFormation templates, read as data."""

from functools import cache
from pathlib import Path
from typing import Any

import yaml

_ROOT = Path(__file__).parents[2]


class _Template(yaml.SafeLoader):
    """CloudFormation's YAML, with `!Ref x` and the like read as their arguments."""


def _argument(loader: yaml.SafeLoader, _tag: str, node: yaml.Node) -> Any:
    if isinstance(node, yaml.ScalarNode):
        return loader.construct_scalar(node)
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node)
    return loader.construct_mapping(node)  # type: ignore[arg-type]


_Template.add_multi_constructor("!", _argument)


@cache
def resources(file: str) -> dict[str, Any]:
    """The resources of one of our templates (`infra/tables.yaml`)."""
    loaded: dict[str, Any] = yaml.load((_ROOT / file).read_text(), _Template)["Resources"]  # noqa: S506 - a SafeLoader
    return loaded
