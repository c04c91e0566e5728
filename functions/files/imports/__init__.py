"""What comes in by files: read, understood, shown before it is done, done once, and taken back."""
