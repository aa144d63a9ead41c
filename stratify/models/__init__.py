"""Fitted models: only these are called risk scores. Rules and published indices are in `stratify/scores`."""
