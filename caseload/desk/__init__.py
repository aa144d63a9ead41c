"""What a page shows, as plain data: posts and visits, the night served, lists and people. Nothing of the web."""
