"""The structured logger: one JSON line per request or batch, never a secret, a PIN, a token or a customer's contact."""

from aws_lambda_powertools.logging import Logger

from pos import metrics

logger = Logger(service="kasir")

_noted: dict[str, str] = {}


def note(**fields: str) -> None:
    """Have the line that is written next say this too: what only the operation itself knows of a request."""
    _noted.update(fields)


def summary(message: str, **fields: str | float) -> None:
    """Write the one line about a request or a batch, with what was noted meanwhile and the metrics that were added."""
    line = {**fields, **_noted, **metrics.taken()}
    _noted.clear()
    logger.info(message, extra=line)
