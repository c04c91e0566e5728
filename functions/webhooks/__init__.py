"""The feed of a merchant's events, and webhooks: endpoints, deliveries and the sender."""
