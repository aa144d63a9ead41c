"""Which names people bear: one dictionary of words, and draws from it by tradition, sex and generation."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from synthetic_data.chance import Chance, Flags, Floats, Ints
from synthetic_data.name_lists import BABY_NAMES, ENGLISH, NICKNAMES, TRADITIONS, Tradition

YOUNG_SINCE = 1968  # English given names changed most between the generations either side of it
NO_NAME = -1


@dataclass(frozen=True)
class Lexicon:
    """Every word once. `variant_from`, `variant_count` and `variants` list what else a word is written as or called."""

    words: tuple[str, ...]
    code: dict[str, int]
    form_for_women: Ints
    variant_from: Ints
    variant_count: Ints
    variants: Ints

    def spell(self, codes: Ints) -> pa.Array:
        """The words of `codes` as text; null for `NO_NAME`."""
        return pa.array(self.words).take(pa.array(codes, mask=codes < 0))

    def variant(self, codes: Ints, uniform: Floats) -> Ints:
        """A nickname or other spelling of each word; the word itself where none is known."""
        known = np.maximum(codes, 0)
        count = self.variant_count[known]
        chosen = self.variant_from[known] + np.floor(uniform * count).astype(np.int64)
        return np.where((codes >= 0) & (count > 0), self.variants[np.minimum(chosen, len(self.variants) - 1)], codes)


@functools.cache
def lexicon() -> Lexicon:
    """The dictionary of the fictional area."""
    other = {name: forms for item in TRADITIONS for name, forms in item.variants.items()} | NICKNAMES
    every = [word for item in TRADITIONS for part in _parts(item) for word in part]
    every += [form for forms in other.values() for form in forms] + list(BABY_NAMES)
    words = tuple(dict.fromkeys(every))
    code = {word: position for position, word in enumerate(words)}
    counts = np.array([len(other.get(word, ())) for word in words])
    listed = [code[form] for word in words for form in other.get(word, ())]
    return Lexicon(words, code, _forms_for_women(words, code), np.cumsum(counts) - counts, counts, np.array(listed))


def _parts(item: Tradition) -> tuple[tuple[str, ...], ...]:
    return item.men, item.women, item.families, item.young_men, item.young_women, item.families_of_women


def _forms_for_women(words: tuple[str, ...], code: dict[str, int]) -> Ints:
    forms = np.arange(len(words))
    for item in TRADITIONS:
        if item.gendered:
            forms[[code[name] for name in item.families]] = [code[name] for name in item.families_of_women]
    return forms


@functools.cache
def _pool(names: tuple[str, ...], flatness: float) -> tuple[Ints, Floats]:
    codes = np.array([lexicon().code[name] for name in names])
    return codes, 1.0 / (np.arange(len(names)) + flatness)  # Zipf, with a flattened head


def _draw(chance: Chance, what: str, names: tuple[str, ...], flatness: float, who: Ints) -> Ints:
    codes, weights = _pool(names, flatness)
    return codes[chance.pick(what, weights, who)]


def given_names(chance: Chance, what: str, *, tradition: Ints, male: Flags, born: Ints, who: Ints) -> Ints:
    """A given name for each person: word codes."""
    codes = np.full(len(who), NO_NAME)
    for number, item in enumerate(TRADITIONS):
        for of_men, older, younger in ((True, item.men, item.young_men), (False, item.women, item.young_women)):
            for young, pool in ((False, older), (True, younger or older)):
                rows = np.flatnonzero((tradition == number) & (male == of_men) & ((born >= YOUNG_SINCE) == young))
                codes[rows] = _draw(chance, what, pool, 8.0, who[rows])
    return codes


def family_names(chance: Chance, what: str, *, tradition: Ints, male: Flags, who: Ints) -> Ints:
    """A family name of her own tradition for each person: word codes."""
    codes = np.full(len(who), NO_NAME)
    for number, item in enumerate(TRADITIONS):
        women = item.families if item.gendered else item.families_of_women or item.families
        for of_men, pool in ((True, item.families), (False, women)):
            rows = np.flatnonzero((tradition == number) & (male == of_men))
            codes[rows] = _draw(chance, what, pool, item.flatness, who[rows])
    return for_women(codes, ~male)


def for_women(families: Ints, women: Flags) -> Ints:
    """Family names in the form that women bear, where the tradition has two."""
    forms = lexicon().form_for_women
    return np.where(women & (families >= 0), forms[np.maximum(families, 0)], families)


def traits(name: str) -> Floats:
    """One number of every tradition, in the order of TRADITIONS: `errors`, `swapped`, `mononym`, ..."""
    return np.array([float(getattr(item, name)) for item in TRADITIONS])


def tradition_weights(deprivation: Floats) -> Floats:
    """Share of each tradition by deprivation (0 least to 1 most): rows for the values given, columns as TRADITIONS.

    The English tradition is rarer in deprived areas, as in most English towns.
    """
    shares = np.tile(traits("share"), (len(deprivation), 1))
    shares[:, TRADITIONS.index(ENGLISH)] *= 1.45 - 0.9 * deprivation
    return shares
