"""Pairs for clerks and what they said: queue, sample, agreement, files to and fro."""
