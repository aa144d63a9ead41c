"""A seeded, fictional care area with known truth, written in the real extract layouts and on their calendars."""
