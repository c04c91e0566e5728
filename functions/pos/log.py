"""The structured logger: one JSON line per request or batch, never a secret, a PIN, a token or a customer's contact."""

from aws_lambda_powertools.logging import Logger

logger = Logger(service="kasir")
