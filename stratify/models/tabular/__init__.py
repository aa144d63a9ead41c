"""A score fitted on any person-level table: numbers, flags and text, some of it missing. No feature is known by name."""
