"""Receipts of orders: as data, as a page, as a printer's bytes, by e-mail; and who printed them when."""
