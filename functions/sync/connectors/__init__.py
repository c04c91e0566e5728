"""Connectors: what Kasir asks of an outside application by itself, and tells it, run after run."""
