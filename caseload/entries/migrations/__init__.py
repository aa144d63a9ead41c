"""The versions of the caseload's tables."""
