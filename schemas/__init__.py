"""The floor of the house: zones, typed tables, the NHS number, code lists and errors. Imports nothing of ours."""
