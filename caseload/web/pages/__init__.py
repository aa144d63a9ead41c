"""One module for each page: a handler takes a visit and what was asked, and answers with plain data."""
