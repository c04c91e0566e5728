"""Totals kept from the event feed, and the reports that are read from them."""
