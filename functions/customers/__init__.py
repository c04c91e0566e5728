"""Who buys: profiles, and the points that they collect."""
