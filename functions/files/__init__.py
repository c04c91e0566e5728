"""Files in and out: exports, and imports."""
