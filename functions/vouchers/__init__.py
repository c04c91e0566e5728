"""Vouchers: gift cards and store credit, and the ledgers of their balances."""
