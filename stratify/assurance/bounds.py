"""The bounds that a model is judged by, each with where it comes from."""

from __future__ import annotations

# Calibration on people not seen: the band aimed at, and the one outside which chances mislead (the guide's target and
# its bound for subgroups). An alarm is said where expected over observed leaves the first on later data.
AIMED_AT = (0.90, 1.10)
TOLERATED = (0.80, 1.25)

# Gain in AUROC over the prior-use rule that is aimed at. Below the rule itself the model has no business here.
GAIN_AIMED_AT = 0.05

# With fewer events than this a model of many terms says more of chance than of people (issue text: fewer than 200).
FEWEST_EVENTS = 200

# Events from which a group's expected over observed is judged: with fewer, chance alone takes it out of the band.
JUDGED_FROM = 100

# How a model that fell back on the prior-use rule names its kind.
RULE = "prior-use-rule"

# Population stability index: a habit of credit scoring, not a test. Below the first nothing moved, above the second much did.
PSI_LOOK, PSI_MOVED = 0.10, 0.25

# A model that is kept because tonight's is amber was fitted at most so many days ago: older, it is let go.
KEPT_DAYS = 31
