"""What a delta costs: `python -m benchmarks` prints the table of `docs/performance.md`."""
