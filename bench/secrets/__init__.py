"""Benchmark of the secret classifier on a corpus made at run time."""
