"""AWS clients: one per service and process, made at first use.

They come from botocore's session, whose import is a good deal quicker at a cold start than boto3's
(docs/performance.md). `AWS_ENDPOINT_URL` is declared in the template so that local runs can point elsewhere; on AWS it
is empty, and an empty value must count as unset.
"""

import functools
import os
from typing import TYPE_CHECKING, Any

import botocore.config
import botocore.session

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_kms import KMSClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sesv2 import SESV2Client
    from mypy_boto3_sqs import SQSClient

# A request that a cashier waits for must fail soon enough to be repeated within the function's time limit.
_CONFIG = botocore.config.Config(
    connect_timeout=2,
    read_timeout=3,
    retries={"mode": "standard", "total_max_attempts": 3},
    parameter_validation=False,  # requests are built from validated models; saves a sixth of the CPU of a transaction
    max_pool_connections=32,
)


@functools.cache
def _session() -> botocore.session.Session:
    return botocore.session.get_session()


def _client(service: str, config: botocore.config.Config = _CONFIG) -> Any:
    return _session().create_client(
        service,
        region_name=os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION"),
        endpoint_url=os.environ.get("AWS_ENDPOINT_URL") or None,
        config=config,
    )


@functools.cache
def dynamodb() -> "DynamoDBClient":
    """The DynamoDB client."""
    return _client("dynamodb")  # type: ignore[no-any-return]


@functools.cache
def sqs() -> "SQSClient":
    """The SQS client."""
    return _client("sqs")  # type: ignore[no-any-return]


@functools.cache
def kms() -> "KMSClient":
    """The KMS client."""
    return _client("kms")  # type: ignore[no-any-return]


@functools.cache
def sesv2() -> "SESV2Client":
    """The SES client. It tries once: SES cannot tell a repeat, so a retry after a lost answer would send twice."""
    once = botocore.config.Config(retries={"total_max_attempts": 1}, read_timeout=8)
    return _client("sesv2", _CONFIG.merge(once))  # type: ignore[no-any-return]


@functools.cache
def s3() -> "S3Client":
    """The S3 client. Its links are signed by SigV4 and name the region's own host (which an emulator has not): regions
    opened since 2014 and 2019 take no others.
    """
    style: Any = {} if os.environ.get("AWS_ENDPOINT_URL") else {"addressing_style": "virtual"}
    patient = botocore.config.Config(signature_version="s3v4", s3=style, read_timeout=30)
    return _client("s3", _CONFIG.merge(patient))  # type: ignore[no-any-return]
