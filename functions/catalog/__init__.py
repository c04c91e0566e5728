"""What is sold: taxes, products and their variants."""
