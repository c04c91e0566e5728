"""Orders: pricing, sales, their payments and their states."""
