"""Sections of `caselink.toml`, one module for each part of governance; `pipelines/config.py` puts them together."""
