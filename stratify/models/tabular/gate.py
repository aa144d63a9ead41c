"""Whether a model of any table may be written: not where the people who checked it show, beyond chance, that it misleads.

The bounds are wider than those of the night's gates (`stratify/assure.py`), since nobody has named here what the model is
for; within them the figures are told, and the reader decides.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from schemas.errors import GateError
from stratify.models.tabular.figures import Figures

# With fewer events among those who check, figures are too uncertain to stop anything.
FEWEST_EVENTS = 50
# Chances that are on the whole wrong by this factor mislead.
MOST_TIMES_WRONG = 2.0
STANDARD_ERRORS = 2.0


def check_gate(figures: Figures) -> None:
    """Raise `GateError` `E-FIT-GATE` (exit 3) where the model failed."""
    failed = list(faults(figures))
    if failed:
        raise GateError(
            "E-FIT-GATE",
            f"on people not seen {failed[0]}: no model is written.",
            cure="look for columns that changed their meaning",
        )


def faults(figures: Figures) -> Iterator[str]:
    """What is wrong beyond two standard errors: order worse than the plain rule's, or than none; chances wrong by a factor."""
    if figures.events < FEWEST_EVENTS or figures.rows - figures.events < FEWEST_EVENTS or figures.auroc is None:
        return
    margin = STANDARD_ERRORS * standard_error(figures.auroc, figures.events, figures.rows - figures.events)
    for bound, name in ((0.5, "chance"), (figures.baseline_auroc, "its best column alone")):
        if bound is not None and figures.auroc + margin < bound:
            yield f"it orders worse than {name} (AUROC {figures.auroc:.3f}, {bound:.3f})"
    expected = (figures.expected_observed or 0.0) * figures.events
    spread = STANDARD_ERRORS * math.sqrt(figures.events)
    if expected > MOST_TIMES_WRONG * (figures.events + spread) or expected * MOST_TIMES_WRONG < figures.events - spread:
        yield f"it expects {figures.expected_observed:.2f} times what happened"


def standard_error(auroc: float, events: int, others: int) -> float:
    """Of an AUROC (Hanley and McNeil, Radiology 1982)."""
    both, twice = auroc / (2 - auroc), 2 * auroc**2 / (1 + auroc)
    spread = auroc * (1 - auroc) + (events - 1) * (both - auroc**2) + (others - 1) * (twice - auroc**2)
    return math.sqrt(max(spread, 0.0) / (events * others))
