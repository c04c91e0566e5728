"""Merchants with their settings, locations and registers; API keys and the authorizer."""
