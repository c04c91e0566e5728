"""Files in S3: in one private bucket, each below its merchant's id.

    exports/<merchant>/<export>/<name>           what was exported; gone after a week by the bucket's lifecycle
    exports/<merchant>/<export>/rows-<number>    rows on their way into a workbook
    imports/<merchant>/<import>/file             what is imported, as it came; gone after a week likewise
    imports/<merchant>/<import>/rows             its rows
    imports/<merchant>/<import>/promised-<n>     what the preview said of the records of a batch
    imports/<merchant>/<import>/problems-<n>     rows of a batch that were refused or left alone
    imports/<merchant>/<import>/problems.csv     all of them

A key is always made from the merchant of the caller or of the job, never from what a request says.
"""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import botocore.exceptions

from pos import aws

PART = 5 * 1024 * 1024
"""The least size of a part of an upload but for its last (Amazon S3, "Multipart upload limits")."""
LINK_SECONDS = 300
"""How long a link to a file works."""
UPLOAD_SECONDS = 900
"""How long one works by which a file is put there: 20 MB take their time on a slow line."""


def export_key(merchant_id: str, export_id: str, name: str) -> str:
    """Where a file of an export is."""
    return f"exports/{merchant_id}/{export_id}/{name}"


def import_key(merchant_id: str, import_id: str, name: str) -> str:
    """Where a file of an import is."""
    return f"imports/{merchant_id}/{import_id}/{name}"


def put(key: str, data: bytes, media_type: str) -> None:
    """Keep a file."""
    aws.s3().put_object(Bucket=bucket(), Key=key, Body=data, ContentType=media_type)


def get(key: str) -> bytes:
    """A file's bytes."""
    return aws.s3().get_object(Bucket=bucket(), Key=key)["Body"].read()


def size_of(key: str) -> int | None:
    """How large a file is, in bytes; None if there is none."""
    try:
        return aws.s3().head_object(Bucket=bucket(), Key=key)["ContentLength"]
    except botocore.exceptions.ClientError as error:
        if error.response["Error"]["Code"] not in ("404", "NoSuchKey", "NotFound", "403"):
            raise
        return None  # without the right to list the bucket, what is not there is forbidden


def begin_upload(key: str, media_type: str) -> str:
    """The id of an upload in parts; one that is never ended is dropped by the bucket's lifecycle."""
    return aws.s3().create_multipart_upload(Bucket=bucket(), Key=key, ContentType=media_type)["UploadId"]


def put_part(key: str, upload_id: str, number: int, data: bytes) -> str:
    """Keep a part of an upload, 1 the first, instead of what was there under its number; its mark."""
    answer = aws.s3().upload_part(Bucket=bucket(), Key=key, UploadId=upload_id, PartNumber=number, Body=data)
    return answer["ETag"]


def end_upload(key: str, upload_id: str, etags: Sequence[str]) -> None:
    """Make the file of its parts. Does no harm if that was done before."""
    parts: Any = [{"PartNumber": number, "ETag": etag} for number, etag in enumerate(etags, 1)]
    try:
        aws.s3().complete_multipart_upload(
            Bucket=bucket(), Key=key, UploadId=upload_id, MultipartUpload={"Parts": parts}
        )
    except botocore.exceptions.ClientError as error:
        if error.response["Error"]["Code"] != "NoSuchUpload":
            raise
        aws.s3().head_object(Bucket=bucket(), Key=key)  # ended before, by whoever crashed then; raises if it is not


def put_file(key: str, path: Path, media_type: str) -> int:
    """Keep a file from the disk, in parts if it is large; its size."""
    size = path.stat().st_size
    with path.open("rb") as file:
        if size <= 2 * PART:
            put(key, file.read(), media_type)
            return size
        upload_id = begin_upload(key, media_type)
        etags: list[str] = []
        while data := file.read(2 * PART):
            etags.append(put_part(key, upload_id, len(etags) + 1, data))
        end_upload(key, upload_id, etags)
    return size


def link(key: str, file_name: str) -> str:
    """A URL by which whoever has it gets the file, for a short while. It is a secret: neither kept nor logged."""
    wanted = {
        "Bucket": bucket(),
        "Key": key,
        "ResponseContentDisposition": f'attachment; filename="{file_name}"',
    }
    url: str = aws.s3().generate_presigned_url("get_object", Params=wanted, ExpiresIn=LINK_SECONDS)
    return url


def upload_link(key: str, size: int) -> str:
    """A URL by which whoever has it puts a file there, of exactly this size: S3 refuses another, since it is signed."""
    wanted = {"Bucket": bucket(), "Key": key, "ContentLength": size}
    url: str = aws.s3().generate_presigned_url("put_object", Params=wanted, ExpiresIn=UPLOAD_SECONDS, HttpMethod="PUT")
    return url


def bucket() -> str:
    """The bucket's name, which CloudFormation chose."""
    return os.environ["FILES_BUCKET"]
