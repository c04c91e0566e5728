"""Payments: tenders of orders, payment providers, QRIS codes."""
