"""How step 5 weighs: one scheme for records with names, one for records without, each with its rules, model and margin.

Bits are log2 odds under either model, so that one pair of thresholds serves both. A record without names can be linked only by
what a household or a set of twins may share, so its second-best candidate must be further behind.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from linkage.arrays import Truth
from linkage.blocking import NAMELESS_RULES, RULES
from linkage.comparisons import COMPARISONS, LEVELS
from linkage.engine.conditions import Comparison
from linkage.engine.rules import Rule
from linkage.engine.scorers import NewScorer, scorer_named
from linkage.engine.weights import Weights
from linkage.model import FIXED_MODEL, Model, load_model, load_model_of
from linkage.people import People
from linkage.settings import LinkSettings

# Version of the deterministic steps: raise it when a rule of theirs changes.
CASCADE_VERSION = "cascade-2"

NAMELESS_MODEL = Path(__file__).parent / "reference" / "nameless_model.json"
NAMELESS_FIELDS = ("nhs_number", "date_of_birth", "postcode", "gender", "gp_practice_code")
# Digits that count of the number of residents: one more resident is not to change every weight (at most 0.07 bits).
AREA_DIGITS = 2


@dataclass(frozen=True)
class Scheme:
    """How some records are weighed: those with a name, or those without. Weights and margins are bits."""

    version: str
    with_names: bool
    rules: Sequence[Rule]
    weights: Weights
    margin: float
    settings: LinkSettings
    scorer: NewScorer

    @property
    def comparisons(self) -> Sequence[Comparison]:
        """What is compared; the weights say nothing of fields that the model does not have."""
        return COMPARISONS

    @property
    def floor(self) -> float:
        """What no pair matters under: one that is not worth a review and no second-best within the margin of one that is."""
        return self.settings.review_weight - self.margin

    @property
    def frequency_columns(self) -> tuple[str, ...]:
        """Columns whose values' commonness counts."""
        weights = (weight for by_level in self.weights.levels.values() for weight in by_level.values())
        return tuple(sorted({weight.frequency.column for weight in weights if weight.frequency}))

    def covers(self, records: People) -> Truth:
        """Which records it is for."""
        return records.has_name if self.with_names else ~records.has_name


def schemes(settings: LinkSettings, residents: int) -> tuple[Scheme, Scheme]:
    """The scheme of records with names, and that of records without, for a register of so many residents.

    Raises `ConfigurationError` for a model that cannot be used, or an engine that there is not.
    """
    scorer, size = scorer_named(settings.engine), in_round_numbers(residents)
    named, nameless = models(settings)
    return (
        Scheme(named.version, True, RULES, named.weights(size), settings.margin, settings, scorer),
        Scheme(nameless.version, False, NAMELESS_RULES, nameless.weights(size), settings.nameless_margin, settings, scorer),
    )


def models(settings: LinkSettings) -> tuple[Model, Model]:
    """The model of records with names (the settings' own, or the shipped one) and that of records without."""
    nameless = load_model_of(NAMELESS_MODEL, {field: LEVELS[field] for field in NAMELESS_FIELDS})
    return load_model(settings.model or FIXED_MODEL), nameless


def basis_of(settings: LinkSettings, weighing: Sequence[Scheme]) -> str:
    """A name for all that decides beside the records: settings, models, the size of the register in round numbers."""
    said = repr((CASCADE_VERSION, replace(settings, model=None), [(each.version, each.weights) for each in weighing]))
    return hashlib.sha256(said.encode()).hexdigest()[:16]


def in_round_numbers(residents: int) -> int:
    """The number to two digits: 123,456 as 120,000."""
    return round(residents, AREA_DIGITS - 1 - int(math.log10(max(residents, 1))))
