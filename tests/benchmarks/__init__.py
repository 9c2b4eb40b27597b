"""Ratios, each measured side by side in one run: ``python -m tests.benchmarks`` (see README.md here)."""
