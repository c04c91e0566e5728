"""This process and all that it starts speak with the emulator, and notes are kept there.

What a local stack is (which build is deployed, which merchant is the demo's) is noted inside the emulator: so it always
fits the state, also after a crash brought back an older one.
"""

import os

import boto3

from infra.local.settings import AWS_ENVIRONMENT, Settings


def use_emulator(settings: Settings) -> None:
    """Put the emulator in place of the developer's own AWS account, which nothing here may ever reach."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    os.environ.update(
        AWS_ENVIRONMENT,
        AWS_ENDPOINT_URL=settings.endpoint_url,
        AWS_CONFIG_FILE=os.devnull,
        AWS_SHARED_CREDENTIALS_FILE=os.devnull,
    )


def read_note(name: str) -> str | None:
    """A note that was written into this state of the emulator."""
    ssm = boto3.client("ssm")
    try:
        return ssm.get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"]
    except ssm.exceptions.ParameterNotFound:
        return None


def write_note(name: str, value: str) -> None:
    """Keep a note in the emulator, encrypted as a secret would be."""
    boto3.client("ssm").put_parameter(Name=name, Value=value, Type="SecureString", Overwrite=True)
