"""Any two files, or one with itself, linked without a project: columns, rules, one to one, and how right it was."""
