"""Real sales for the demo and the benchmarks: a year of groceries, replayed through the HTTP API."""
