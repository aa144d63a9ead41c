"""Measurements: ratios against a peer or a limit in the same run. Never a timed test."""
