"""The canary harness: marked identifiers go into a night; afterwards every byte outside `inbox/` and `vault/` is searched."""
