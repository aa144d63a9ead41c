"""What the cascade has decided so far, record by record, and what it has to show for it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from linkage.arrays import NONE, Bits, Truth, Whole
from linkage.findings import Findings
from linkage.pairs import Pairs, join_pairs
from linkage.population import Population
from linkage.schemes import Scheme
from linkage.steps.clusters import find_clusters
from linkage.steps.same_local_id import Following
from schemas.identifiable import LINK_STEPS

UNLINKED, REVIEW = LINK_STEPS.index("unlinked"), LINK_STEPS.index("review")


# Candidates of one record that a step puts before a clerk.
MOST_SHOWN = 10


class Decisions:
    """One decision per record of the sources; first success wins.

    `step` is a position in `LINK_STEPS`; `resident` the row of the person linked to, or -1; `leader` the row of the record whose
    decision this one shares, mostly itself. In review, evidence and weights are those of the best candidate.
    """

    def __init__(self, population: Population) -> None:
        size = len(population.records)
        self.population = population
        self.step: Whole = np.full(size, UNLINKED, dtype=np.int64)
        self.resident: Whole = np.full(size, NONE, dtype=np.int64)
        self.evidence = np.full(size, None, dtype=object)
        self.weight: Bits = np.full(size, np.nan)
        self.margin: Bits = np.full(size, np.nan)
        self.leader: Whole = np.arange(size)
        self.is_open: Truth = np.ones(size, dtype=np.bool_)
        self.reviews: list[tuple[str, str, Pairs]] = []
        self.near_misses = join_pairs([])
        self.conflicts: list[tuple[str, Pairs]] = []
        self.notes: Counter[str] = Counter({"review pairs withheld": 0, "conflicts withheld": 0})

    def reopen(self, again: Truth) -> None:
        """Forget the decisions of some records, which are open again; all others are closed."""
        self.step[again], self.resident[again], self.evidence[again] = UNLINKED, NONE, None
        self.weight[again], self.margin[again] = np.nan, np.nan
        self.is_open = again.copy()

    def apply(self, step: str, found: Findings) -> None:
        """Take over what a step found. Whatever the step, two people are not linked, nor shown to a clerk as one."""
        links = found.links.take(~self.population.are_two_people(found.links))
        self.link(step, links, links.evidence())
        self.is_open[found.held] = False
        for reason, pairs in found.reviews:
            self._review(step, reason, pairs)
        for kind, pairs in found.conflicts:
            self.conflicts.append((kind, self._shown(pairs, "conflicts withheld")))
        self.notes.update(found.notes)

    def link(self, step: str, links: Pairs, evidence: list[str]) -> None:
        """Link each pair's record to its resident's person."""
        rows = links.record
        self.step[rows] = LINK_STEPS.index(step)
        self.resident[rows] = self.population.persons(links)
        self.evidence[rows] = evidence
        self.weight[rows] = links.weight
        self.margin[rows] = links.margin
        self.is_open[rows] = False

    def follow(self, linked: Following, staying: Following) -> None:
        """Let followers be decided as their leaders are: linked to the same person, or not linked with them."""
        for following in (linked, staying):
            rows, leaders = following.followers, following.leaders
            self.step[rows] = self.step[leaders]
            self.resident[rows] = self.resident[leaders]
            self.evidence[rows] = following.evidence
            self.weight[rows] = self.weight[leaders]
            self.margin[rows] = self.margin[leaders]
            self.leader[rows] = leaders
        self.step[linked.followers] = LINK_STEPS.index("same_local_id")

    def cluster(self, weighing: Sequence[Scheme]) -> None:
        """Let unlinked records that are plainly one person share an identity: the last word, and no link."""
        rows = np.flatnonzero(self.step == UNLINKED)
        followers = rows[(self.leader[rows] != rows) & (self.step[self.leader[rows]] == UNLINKED)]
        together = self.leader[followers], followers
        weights, cap = weighing[0].weights, weighing[0].settings.block_cap
        found = find_clusters(self.population, rows, together, weights=weights, cap=cap)
        self.leader[found.members] = found.first
        for row, first, text in zip(found.members.tolist(), found.first.tolist(), found.evidence, strict=True):
            if row != first and self.evidence[row] is None:
                self.evidence[row] = text
        self.notes.update(found.notes)

    def contradict(self, kind: str, rows: Whole) -> None:
        """Note a contradiction of linked records and their persons, whoever may see it."""
        pairs = self.population.compare(rows, self.resident[rows])
        self.conflicts.append((kind, self._shown(pairs, "conflicts withheld")))

    def _review(self, step: str, reason: str, pairs: Pairs) -> None:
        pairs = pairs.take(~self.population.are_two_people(pairs))
        pairs = self._few(self._shown(pairs, "review pairs withheld"))
        _, first = np.unique(pairs.record, return_index=True)
        best = pairs.take(first[self.step[pairs.record[first]] != REVIEW])
        self.step[best.record] = REVIEW
        self.evidence[best.record] = best.evidence()
        self.weight[best.record] = best.weight
        self.margin[best.record] = best.margin
        self.reviews.append((step, reason, pairs))

    def _few(self, pairs: Pairs) -> Pairs:
        """The first few of each record: nobody chooses among more, and a value that hundreds share makes no queue of its own."""
        order = np.argsort(pairs.record, kind="stable")
        _, first, place = np.unique(pairs.record[order], return_index=True, return_inverse=True)
        is_few = np.ones(len(pairs), dtype=np.bool_)
        is_few[order] = np.arange(len(pairs)) - first[place] < MOST_SHOWN
        self.notes["review pairs left out: too many of one record"] += int((~is_few).sum())
        return pairs.take(is_few)

    def _shown(self, pairs: Pairs, note: str) -> Pairs:
        """The pairs without protected identities, which are counted and not shown."""
        protected = self.population.are_protected(pairs)
        self.notes[note] += int(protected.sum())
        return pairs.take(~protected)
