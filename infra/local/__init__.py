"""The local run: the real template on an embedded AWS. `python -m infra.local --help`, and docs/local.md."""
