"""The kernel: what every service shares, and nothing of any one of them."""
