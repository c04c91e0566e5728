"""Stock levels, what moves them, and the ledger of those movements."""
