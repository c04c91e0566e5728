"""Who works in the demo shop, and how a browser becomes its register."""

import json
from dataclasses import dataclass
from pathlib import Path

from bench.api import Api


@dataclass(frozen=True, slots=True)
class Person:
    """A member of the demo shop's staff."""

    name: str
    role: str
    pin: str


STAFF = (Person("Olivia", "owner", "1111"), Person("Marco", "manager", "2222"), Person("Sari", "cashier", "3333"))
"""Known to everybody: this shop is for trying, on this machine only."""


def ensure_staff(stack_file: Path) -> None:
    """Employ those who are not employed yet."""
    api = Api.from_stack(stack_file)
    employed = {member["name"] for member in api.pages("/v1/staff")}
    for person in STAFF:
        if person.name not in employed:
            api.post("/v1/staff", {"name": person.name, "role": person.role, "pin": person.pin})


def make_pairing_code(stack_file: Path) -> str:
    """A code that makes one browser the demo shop's register."""
    register_id = json.loads(stack_file.read_text())["register_id"]
    code: str = Api.from_stack(stack_file).post(f"/v1/registers/{register_id}/pairing_code", {}).body["code"]
    return code
