"""Splink's settings read and written: its comparisons and weights as ours, and ours as its."""
