"""Metrics: added up while a request or a batch runs, and told by its one log line in CloudWatch's embedded metric
format, which CloudWatch reads out of the line: no call, and no line more.

What each costs and means is in docs/operations.md. Source of the format:
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

import os
import threading
import time
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

NAMESPACE = "Kasir"
_MAX_VALUES = 100  # of a metric in one line


class Metric(NamedTuple):
    """A metric's unit, and by what it is told apart besides the stack: each combination of values is paid for."""

    unit: str
    by: tuple[str, ...] = ()


METRICS: Mapping[str, Metric] = {
    "sales": Metric("Count", ("currency",)),
    "sales_amount": Metric("None", ("currency",)),
    "idempotent_replays": Metric("Count"),
    "transaction_retries": Metric("Count"),
    "throttled": Metric("Count"),
    "client_errors": Metric("Count", ("operation",)),
    "server_errors": Metric("Count", ("operation",)),
    "deliveries_delivered": Metric("Count"),
    "deliveries_retried": Metric("Count"),
    "deliveries_given_up": Metric("Count"),
    "deliveries_failed": Metric("Count"),
    "delivery_age": Metric("Milliseconds"),
    "quarantined": Metric("Count"),
    "audit_differences": Metric("Count"),
    "report_jobs_failed": Metric("Count"),
    "file_jobs_failed": Metric("Count"),
    "unaccounted": Metric("Count"),
    "sweeps": Metric("Count"),
    "canaries": Metric("Count"),
    "connector_runs": Metric("Count"),
    "connector_failures": Metric("Count"),
    "connectors_stale": Metric("Count"),
}
"""Every metric of Kasir's own, by name. A count has the sum of what was added, any other unit each value."""

_values: dict[str, list[int]] = {}
_lock = threading.Lock()  # consumers of queues and streams work in threads


def add(name: str, *values: int) -> None:
    """Add to a metric of the line that is written next. Raises KeyError for one that is not in METRICS."""
    unit = METRICS[name].unit
    with _lock:
        added = _values.setdefault(name, [])
        if unit == "Milliseconds":
            added += values[: _MAX_VALUES - len(added)]
        else:
            added[:] = [sum((*added, *values))]


def taken() -> dict[str, Any]:
    """The fields of the log line that tell what was added since the last time; empty if nothing was.

    The line must also have what its metrics are told apart by (`operation`, `currency`).
    """
    with _lock:
        told = {name: values if METRICS[name].unit == "Milliseconds" else values[0] for name, values in _values.items()}
        _values.clear()
    if not told:
        return {}
    by: dict[tuple[str, ...], list[str]] = {}
    for name in told:
        by.setdefault(METRICS[name].by, []).append(name)
    directives = [_directive(dimensions, names) for dimensions, names in by.items()]
    head = {"Timestamp": time.time_ns() // 1_000_000, "CloudWatchMetrics": directives}
    return {"stack": os.environ["STACK_NAME"], **told, "_aws": head}


def _directive(by: tuple[str, ...], names: Sequence[str]) -> dict[str, Any]:
    return {
        "Namespace": NAMESPACE,
        "Dimensions": [["stack", *by]],
        "Metrics": [{"Name": name, "Unit": METRICS[name].unit} for name in names],
    }
