"""Records that came as match tokens, or under a supplier's pseudonym, linked to the register with nothing else in sight."""
