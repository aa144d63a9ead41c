"""NHS numbers for those who hold records: batch traces out and in, and what each source is told."""
