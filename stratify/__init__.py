"""Who may need help: features, indices, scores, models, assurance and tiers, over pseudonyms only.

Tables in, tables out: no store, no clock, no configuration. An analyst can call every function here from a notebook.
"""
