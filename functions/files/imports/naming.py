"""What the files of an import are called, below its key in the bucket."""

FILE = "file"
ROWS = "rows"
PROBLEMS = "problems.csv"
