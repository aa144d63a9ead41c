"""Who has what, of many people at once: pairs of a person and a thing counted, and their words as lists of reasons."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from stratify.percentiles import Numbers

Places = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Found:
    """Each (person, item) once, by person and then item: places of people in the inputs, of items in their own list.

    `kinds` are the bits of what showed it, `times` how often it was told; `count` is the number of people.
    """

    people: Places
    items: Places
    kinds: Places
    times: Places
    count: int

    @classmethod
    def of(cls, pseudonyms: pa.ChunkedArray, told: pa.Table, items_of: Callable[[str], Iterable[tuple[int, int]]]) -> Found:
        """From rows of pseudonym and a text, in that order; `items_of` gives a text's items, and a bit for its kind.

        Texts that show no item, and people not in `pseudonyms`, are passed over. `items_of` is asked once per different text.
        """
        who = pc.index_in(told.column(0), value_set=pseudonyms.combine_chunks())
        texts = told.column(1).combine_chunks().dictionary_encode()
        shown = [tuple(items_of(text)) for text in texts.dictionary.to_pylist()]
        lengths = np.array([len(each) for each in shown], np.int64)
        flat = np.array([pair for each in shown for pair in each], np.int64).reshape(-1, 2)
        index = texts.indices.to_numpy(zero_copy_only=False).astype(np.int64)
        known = who.is_valid().to_numpy()
        places, index = who.fill_null(0).to_numpy().astype(np.int64)[known], index[known]
        times = lengths[index]
        within = np.arange(times.sum()) - np.repeat(np.cumsum(times) - times, times)
        which = flat[np.repeat((np.cumsum(lengths) - lengths)[index], times) + within]
        return cls.merged(np.repeat(places, times), which[:, 0], which[:, 1], len(pseudonyms))

    @classmethod
    def merged(cls, people: Places, items: Places, kinds: Places, count: int) -> Found:
        """From pairs in any order, some told more than once."""
        order = np.lexsort((items, people))
        people, items, kinds = people[order], items[order], kinds[order]
        new = np.ones(len(people), bool)
        new[1:] = (people[1:] != people[:-1]) | (items[1:] != items[:-1])
        starts = np.flatnonzero(new)
        bits = np.bitwise_or.reduceat(kinds, starts) if len(starts) else kinds
        return cls(people[starts], items[starts], bits, np.diff(np.append(starts, len(new))), count)

    def with_more(self, more: Iterable[tuple[Places, int, int]]) -> Found:
        """And these (people, item, bit) too."""
        parts = [(self.people, self.items, self.kinds)]
        parts += [(who, np.full(len(who), item), np.full(len(who), bit)) for who, item, bit in more]
        people, items, kinds = (np.concatenate(each).astype(np.int64) for each in zip(*parts, strict=True))
        return self.merged(people, items, kinds, self.count)

    def where(self, keep: Flags) -> Found:
        """The pairs for which `keep` holds."""
        return Found(self.people[keep], self.items[keep], self.kinds[keep], self.times[keep], self.count)

    def has(self, item: int) -> Flags:
        """For each person whether the item was found."""
        there = np.zeros(self.count, bool)
        there[self.people[self.items == item]] = True
        return there

    def totals(self, points: Sequence[int]) -> Numbers:
        """Each person's whole points: a sum that no order of rows changes."""
        of_each = np.asarray(points, np.float64)[self.items]
        return np.bincount(self.people, weights=of_each, minlength=self.count).astype(np.float64)

    def numbers(self) -> Places:
        """How many items each person has."""
        return np.bincount(self.people, minlength=self.count).astype(np.int64)

    def first(self, most: int) -> Flags:
        """Whether a pair is among its person's first so many."""
        numbers = self.numbers()
        return np.arange(len(self.people)) - np.repeat(np.cumsum(numbers) - numbers, numbers) < most


def lists(parts: Sequence[tuple[Places, Places]], words: Sequence[str], count: int) -> pa.ListArray:
    """One list of words for each of `count` people, from parts of (people, places in `words`) in the order of telling."""
    people, places = (np.concatenate(each) for each in zip(*parts, strict=True))
    order = np.argsort(people, kind="stable")
    offsets = np.concatenate([[0], np.cumsum(np.bincount(people, minlength=count))]).astype(np.int32)
    return pa.ListArray.from_arrays(pa.array(offsets), pa.array(words, pa.string()).take(pa.array(places[order], pa.int64())))
