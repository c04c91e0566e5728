"""CloudFront and the local run serve the front end alike."""

from infra.local.serve_site import CONTENT_SECURITY_POLICY
from tests.support.template import resources

SITE = resources("infra/site.yaml")


def test_both_send_the_same_content_security_policy() -> None:
    headers = SITE["Headers"]["Properties"]["ResponseHeadersPolicyConfig"]["SecurityHeadersConfig"]

    assert headers["ContentSecurityPolicy"]["ContentSecurityPolicy"] == CONTENT_SECURITY_POLICY


def test_nobody_reads_the_bucket_but_the_distribution() -> None:
    assert set(SITE["Files"]["Properties"]["PublicAccessBlockConfiguration"].values()) == {True}
    [statement] = SITE["FilesPolicy"]["Properties"]["PolicyDocument"]["Statement"]
    assert statement["Principal"] == {"Service": "cloudfront.amazonaws.com"}
    assert "AWS:SourceArn" in statement["Condition"]["StringEquals"]
