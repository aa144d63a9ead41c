"""What the models learn to expect: three outcomes, each in a window that opens on the first day after an index date.

The index day itself belongs to neither features nor outcome. What holds for all three:

- Death: somebody who dies in the window without the event had none, and counts as no. So an outcome stays what its name
  says: the chance that it happens, not that it would happen to somebody who cannot die. A team that wants to find the last
  year of life needs another outcome.
- Leaving: somebody whose registration ends in the window without the event could not be followed. The outcome is null;
  `fit` and `assess` leave it out and say how many.
- A window that is not over by the last day that the feed speaks of is refused (`E-OUTCOME-WINDOW`).
"""

from __future__ import annotations

from stratify.outcomes.emergency_admission import emergency_admission
from stratify.outcomes.long_term_care import could_be_new, new_long_term_care
from stratify.outcomes.readmission import readmission, recently_discharged
from stratify.outcomes.window import IndexDates, index_dates

__all__ = [
    "OUTCOME",
    "IndexDates",
    "could_be_new",
    "emergency_admission",
    "index_dates",
    "new_long_term_care",
    "readmission",
    "recently_discharged",
]

OUTCOME = "emergency_admission_12_months"
