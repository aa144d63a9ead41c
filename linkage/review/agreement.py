"""How well clerks agree: Cohen's kappa over the pairs that two of them judged without knowing of each other."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from linkage.review.judgements import LINK, NON_LINK, UNSURE, Pair, in_time, pair_of
from schemas.identifiable import Judgement
from schemas.intervals import Z
from schemas.table import Rows

DECISIONS = (LINK, NON_LINK, UNSURE)


@dataclass(frozen=True)
class Agreement:
    """Over `pairs` judged twice: the share on which both said the same, kappa, and the ends of its 95 % interval.

    Null where it cannot be said: no pairs, or, for kappa, all of them called the same by both. Where both always agree the
    interval has no width, however few the pairs: read it beside their number.
    """

    pairs: int
    agreed: float | None = None
    kappa: float | None = None
    low: float | None = None
    high: float | None = None


def agreement(judgements: Rows[Judgement]) -> Agreement:
    """Agreement of first and second reviewers: each pair's first two, by what each of them said first.

    Who is first differs from pair to pair, so that this is the agreement of two clerks drawn from those at work, not of two
    named ones. What a clerk said later, perhaps after talking it over, does not count.
    """
    said: dict[Pair, dict[str, str]] = defaultdict(dict)
    for row in in_time(judgements):
        said[pair_of(row)].setdefault(row["reviewer"], row["decision"])
    twice = [tuple(words.values())[:2] for words in said.values() if len(words) > 1]
    return cohen_kappa([first for first, _ in twice], [second for _, second in twice])


def cohen_kappa(first: Sequence[str], second: Sequence[str]) -> Agreement:
    """Cohen's kappa (1960, Educ. Psychol. Meas. 20:37-46) of two reviewers' decisions on the same pairs, in the same order.

    Its interval is from the large-sample variance of Fleiss, Cohen and Everitt (1969, Psychol. Bull. 72:323-327).
    """
    if not first:
        return Agreement(0)
    places = [[DECISIONS.index(word) for word in words] for words in (first, second)]
    count = np.zeros((len(DECISIONS), len(DECISIONS)))
    np.add.at(count, tuple(places), 1)
    share = count / len(first)
    ours, theirs = share.sum(axis=1), share.sum(axis=0)
    agreed, by_chance = float(np.trace(count)) / len(first), float(ours @ theirs)
    if by_chance > 1 - 1e-12:
        return Agreement(len(first), agreed)
    kappa = (agreed - by_chance) / (1 - by_chance)
    both = np.diag(share) @ (1 - (ours + theirs) * (1 - kappa)) ** 2
    apart = (share * (theirs[:, None] + ours[None, :]) ** 2).sum() - np.diag(share) @ (ours + theirs) ** 2
    variance = both + (1 - kappa) ** 2 * apart - (kappa - by_chance * (1 - kappa)) ** 2
    half = Z * np.sqrt(max(variance, 0.0) / len(first)) / (1 - by_chance)
    return Agreement(len(first), agreed, kappa, max(kappa - half, -1.0), min(kappa + half, 1.0))
