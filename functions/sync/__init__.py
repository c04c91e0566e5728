"""Synchronisation with outside applications: what they tell, what it changes here, and what both have changed."""
