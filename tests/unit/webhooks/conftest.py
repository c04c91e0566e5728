"""Fixtures of the webhooks' tests."""

from tests.unit.webhooks.line import line, receiver

__all__ = ["line", "receiver"]
