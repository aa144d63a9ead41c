"""The night's report: one HTML page that opens offline, drawn from plain tables in which small numbers are already withheld."""
