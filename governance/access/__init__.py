"""Who may see a name: roles, relationships, the decision on each row, limits, break-glass, bulk, categories, agreement.

Nothing here reads an identifier. `governance.reidentify` asks these modules, writes its audit rows, and only then reads.
"""
