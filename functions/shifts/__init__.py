"""Shifts: the cash drawer of a register from its opening to its count, and the ledger of what went through it."""
