"""One look at the records: a day, and how far each feed spoke that day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

from stratify.features.lags import feed_lags
from stratify.reasons.dates_in_words import day_in_words

FEED_WORDS: dict[str, str] = {
    "ecds": "A&E",
    "sus_apc": "hospital",
    "sus_op": "outpatient",
    "csds": "community health",
    "mhsds": "mental health",
    "gp": "GP",
    "cld": "council social care",
}


@dataclass(frozen=True)
class Look:
    """`data_to`: source to the last day of which it speaks; null where it did not arrive, absent where nobody expects it."""

    as_at: dt.date
    data_to: Mapping[str, dt.date | None] = field(default_factory=dict)

    @property
    def lags(self) -> dict[str, int]:
        """Source to the days before `as_at` of which it had not spoken."""
        return feed_lags(self.data_to, self.as_at)

    def told_by(self, source: str) -> str:
        """`hospital data to 24 November`; without the day where nothing says it."""
        last = self.data_to.get(source)
        words = f"{FEED_WORDS[source]} data"
        return f"{words} to {day_in_words(last, self.as_at)}" if last else words

    def gaps(self, late: Mapping[str, bool]) -> list[str]:
        """What tonight's reasons lack, a sentence for each source that is missing, or late (`late`: by source)."""
        found = []
        for source, words in FEED_WORDS.items():
            last = self.data_to.get(source)
            if source in self.data_to and last is None:
                found.append(f"{_capital(words)} data are missing: nothing of them is counted.")
            elif last is not None and late.get(source):
                day = day_in_words(last, self.as_at)
                found.append(f"{_capital(words)} data stop at {day}: what came after is not counted.")
        return found


def _capital(words: str) -> str:
    return words[0].upper() + words[1:]
