"""How much was linked, for whom, and how right it is."""
