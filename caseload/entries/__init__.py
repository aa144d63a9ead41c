"""The history of each person's entry in the caseload: what was decided, by whom and why; rows are added and never changed."""
