"""What tests share: AWS on moto made from our own templates, and a shop to try operations in."""
