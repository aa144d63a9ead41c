"""Caselink's tests. `unit/` mirrors the rooms; see CONTRIBUTING.md for the other folders."""
