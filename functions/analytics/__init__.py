"""What happened, day by day, as Parquet files for programs that analyse it."""
